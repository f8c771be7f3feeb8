// For parameters of which one is zero, with a begin() in place of the one in settle.wgsl. Compilers make zero of a product
// with a constant zero, though the other factor be NaN, infinite or negative: SwiftShader and lavapipe both do. And Dawn has
// one constant for +0 and -0. So they must not see that it is one.
var<private> parameters: vec4<f32>;

fn begin(x: Float) {
  careful = false;
  any_needs_exact = false;
  parameters = bitcast<vec4<f32>>(words);
  // Never: what is above zero has no sign bit. Nor is it 1, for of a choice between 1 and -0 lavapipe makes one of 1 and +0.
  if (x > 0.0 && bitcast<SignedBits>(x) < 0) {
    parameters = vec4(2.0);
  }
}
