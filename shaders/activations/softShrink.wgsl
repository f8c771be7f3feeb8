// softShrink(x) = x > lambda ? x - lambda : x < -lambda ? x + lambda : +0, with lambda in parameters.x
// NaN passes with its payload.
fn forward(x: Float) -> Float {
  let lambda = bitcast<u32>(parameters.x);
  let shrunk = x - bitcast<Float>((bitcast<Bits>(x) & Bits(SIGN)) | Bits(lambda));
  return select(select(Float(0.0), shrunk, magnitude(x) > Bits(lambda)), x, is_nan(x));
}

// dx = dy where |x| > lambda, else +0, at NaN too.
fn is_open(x: Float) -> Flags {
  let lambda = bitcast<u32>(parameters.x);
  return (magnitude(x) - Bits(lambda + 1u)) < Bits(INFINITY - lambda);
}
