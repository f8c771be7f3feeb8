// tanh(x) = -m / (2 + m) with m = e^(-2 |x|) - 1, with the sign of x
// x passes with its bits where tanh(x) rounds to it, up to 2^-12, and so does NaN.
const TANH_IS_X = 0x39800000u;

fn hyperbolic_tangent(x: Float) -> Float {
  // From 10 on the result rounds to 1.
  let decay = exponential(-2.0 * bounded_magnitude(x, 10.0));
  let scale = power_of_two(decay.exponent);
  let m = decay.fraction * scale + (scale - 1.0);
  let size = bitcast<Bits>(-m / (2.0 + m));
  let y = bitcast<Float>(size | (bitcast<Bits>(x) & Bits(SIGN)));
  // The sum of a NaN overflows to a negative integer, which is below the bound too.
  let rank = bitcast<SignedBits>(magnitude(x) + Bits(0x007fffffu));
  return select(y, x, rank < SignedBits(i32(TANH_IS_X + 0x007fffffu)));
}
