// The loop of kernels/elementwise.wgsl within a program of TensorFlow.js, which declares the arrays, the uniforms and
// the entry point, and calls main(). A program provides `element(i)`, with i a vec4 index.
var<private> parameters: vec4<f32>;

fn main(index: i32) {
  parameters = uniforms.parameters;
  let stride = u32(uniforms.order.z);
  var i = u32(index) * u32(uniforms.order.y);
  let end = min(vectors(), i + u32(uniforms.order.w));
  if (u32(index) >= u32(uniforms.invocations)) {
    return;
  }
  loop {
    careful = false;
    any_needs_exact = false;
    while (i < end) {
      vector_index = i;
      let plain = element(i);
      if (any_needs_exact) {
        break;
      }
      put(i, plain);
      i += stride;
    }
    if (!any_needs_exact) {
      break;
    }
    careful = true;
    put(i, element(i));
    i += stride;
  }
}

// uniforms.order: the number of elements, then the distribution of vec4 indices as in kernels/geometry.wgsl.
fn elements() -> u32 {
  return u32(uniforms.order.x);
}

fn vectors() -> u32 {
  return (elements() + LANES - 1u) / LANES;
}
