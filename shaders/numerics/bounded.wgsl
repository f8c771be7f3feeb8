// Clamps on the bits: a float min() is one instruction on a GPU, but five on lavapipe, which handles NaN; an integer
// min() is one on both. NaN becomes a bound or stays NaN.

// min(|x|, bound)
fn bounded_magnitude(x: Float, bound: f32) -> Float {
  return bitcast<Float>(min(magnitude(x), Bits(bitcast<u32>(bound))));
}

// max(x, bound) for a negative bound
fn bounded_below(x: Float, bound: f32) -> Float {
  return bitcast<Float>(min(bitcast<Bits>(x), Bits(bitcast<u32>(bound))));
}

// min(x, bound) for a bound that is not negative
fn bounded_above(x: Float, bound: f32) -> Float {
  return bitcast<Float>(min(bitcast<SignedBits>(x), SignedBits(bitcast<i32>(bound))));
}
