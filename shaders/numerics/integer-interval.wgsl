// For elements that are int32, the bits of a Float being those of the integer: x passes from parameters.x to
// parameters.y. Before them the result is parameters.z, and after them parameters.w.
fn forward(x: Float) -> Float {
  let word = bitcast<SignedBits>(x);
  let raised = select(word, SignedBits(parameters.z), word < SignedBits(parameters.x));
  return bitcast<Float>(select(raised, SignedBits(parameters.w), word > SignedBits(parameters.y)));
}

// dx = dy where x passes, else 0. The gate of y is that of x where parameters.z and parameters.w do not pass.
fn is_open(x: Float) -> Flags {
  let word = bitcast<SignedBits>(x);
  return (word >= SignedBits(parameters.x)) & (word <= SignedBits(parameters.y));
}
