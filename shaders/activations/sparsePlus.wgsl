// sparsePlus(x) = x <= -1 ? 0 : x >= 1 ? x : ((x + 1) / 2)^2
// From 1 on x passes with its bits, and NaN with its payload; up to -1 the result is +0.
const ONE = 0x3f800000u;

fn is_up_to_minus_one(x: Float) -> Flags {
  return (bitcast<Bits>(x) - Bits(SIGN | ONE)) <= Bits(INFINITY - ONE);
}

fn forward(x: Float) -> Float {
  let root = 0.5 * (x + 1.0);
  let passing = select(x, Float(0.0), is_up_to_minus_one(x));
  return select(passing, root * root, magnitude(x) < Bits(ONE));
}

// dx = dy from 1 on, dy * (x + 1) / 2 between, +0 up to -1; NaN where x is NaN.
fn backward(x: Float, dy: Float) -> Float {
  let between = dy * (0.5 * (x + 1.0));
  let outside = select(select(dy, x, is_nan(x)), Float(0.0), is_up_to_minus_one(x));
  return select(outside, between, magnitude(x) < Bits(ONE));
}
