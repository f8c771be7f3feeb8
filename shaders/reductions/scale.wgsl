// The scale of moments: a power of two that the largest magnitude determines, so that squares neither overflow nor
// underflow. Magnitudes from 2^-31 to 2^33 are not scaled.
const PLAIN_SCALE = 2u;

fn scales_of(largest: Bits) -> Bits {
  return ((largest >> Bits(23u)) + Bits(32u)) >> Bits(6u);
}

// 2^112, 2^64, 1, 2^-64, 2^-112
fn factors_of(scales: Bits) -> Float {
  let exponents = clamp(SignedBits(255) - SignedBits(64) * bitcast<SignedBits>(scales), SignedBits(15), SignedBits(239));
  return bitcast<Float>(bitcast<Bits>(exponents) << Bits(23u));
}
