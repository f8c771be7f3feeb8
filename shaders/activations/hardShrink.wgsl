// hardShrink(x) = |x| > lambda ? x : +0, with lambda in parameters.x
// NaN passes with its payload: its magnitude is above every other.
fn forward(x: Float) -> Float {
  return select(Float(0.0), x, magnitude(x) > Bits(bitcast<u32>(parameters.x)));
}

// dx = dy where |x| > lambda, else +0, at NaN too.
fn is_open(x: Float) -> Flags {
  let lambda = bitcast<u32>(parameters.x);
  return (magnitude(x) - Bits(lambda + 1u)) < Bits(INFINITY - lambda);
}
