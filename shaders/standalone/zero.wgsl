// Parameters of which one is zero or infinite, with a replacement for begin() in settle.wgsl. SwiftShader and lavapipe fold a
// product with a constant zero to zero, even where the other factor is NaN, infinite or negative, and Dawn has one
// constant for +0 and -0. So the zero must not be recognizable as a constant. An infinity is no constant
// expression of WGSL.
var<private> parameters: vec4<f32>;

fn begin(x: Float) {
  careful = false;
  any_needs_exact = false;
  parameters = bitcast<vec4<f32>>(words);
  // Never true: a number above zero has no sign bit. Not 1, because lavapipe turns a select of 1 and -0 into one of 1
  // and +0.
  if (any((x > Float(0.0)) & (bitcast<SignedBits>(x) < SignedBits(0)))) {
    parameters = vec4(2.0);
  }
}
