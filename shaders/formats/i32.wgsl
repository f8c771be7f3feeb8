// Integers of 32 bits, as the bits of a Float: an activation that takes them decides on the bits, and none computes. What is not
// here is as in f32.wgsl.

// Modulo 2^32.
fn sum(a: Float, b: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(a) + bitcast<Bits>(b));
}
