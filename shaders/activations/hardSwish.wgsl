// hardSwish(x) = x * min(max(x + 3, 0), 6) / 6
// From 3 on x passes with its bits, and NaN with its payload; up to -3 the result is +0.
const THREE = 0x40400000u;

fn is_up_to_minus_three(x: Float) -> Flags {
  return (bitcast<Bits>(x) - Bits(SIGN | THREE)) <= Bits(INFINITY - THREE);
}

fn forward(x: Float) -> Float {
  let between = x * (x + 3.0) / 6.0;
  let passing = select(x, Float(0.0), is_up_to_minus_three(x));
  return select(passing, between, magnitude(x) < Bits(THREE));
}

// dx = dy from 3 on, dy * (2x + 3) / 6 between, +0 up to -3 and where 2x + 3 is 0; NaN where x is NaN.
fn backward(x: Float, dy: Float) -> Float {
  let slope = x + x + 3.0;
  let between = dy * (slope / 6.0);
  let is_between = magnitude(x) < Bits(THREE);
  let outside = select(dy, x, is_nan(x));
  let shut = is_up_to_minus_three(x) | (slope == Float(0.0));
  return select(select(outside, between, is_between), Float(0.0), shut);
}
