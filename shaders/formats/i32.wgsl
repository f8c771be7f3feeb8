// int32, as the bits of a Float: an activation for integers selects by the bits and uses no float arithmetic. All other
// declarations are those of f32.wgsl and geometry.wgsl.

@group(0) @binding(0) var<uniform> parameters: vec4<i32>;

// Modulo 2^32.
fn sum(a: Float, b: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(a) + bitcast<Bits>(b));
}
