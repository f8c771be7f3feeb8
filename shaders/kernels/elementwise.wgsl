// Computes one result per element. A kernel provides `result(i)` and `store(i, elements)`, with i a vec4 index;
// `finish(invocation)` stores partial sums after the loop.
//
// The loop is a grid-stride loop or a blocked partition, for a tensor of any length and any number of workgroups. The
// inner loop computes ordinary elements, and stops at an index that needs exact arithmetic, which is then computed
// carefully. plain-loop.wgsl has the entry point for activations that never need it.
@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(@builtin(global_invocation_id) invocation: vec3<u32>) {
  if (invocation.x >= geometry.invocations) {
    return;
  }
  find_starts();
  var i = invocation.x * geometry.invocation_stride;
  let end = min(end_of_vectors(), i + geometry.span);
  let stride = geometry.loop_stride;
  loop {
    careful = false;
    any_needs_exact = false;
    while (i < end) {
      vector_index = i;
      let plain = result(i);
      if (any_needs_exact) {
        break;
      }
      store(i, plain);
      i += stride;
    }
    if (!any_needs_exact) {
      break;
    }
    careful = true;
    store(i, result(i));
    i += stride;
  }
  finish(invocation.x);
}

// No array is shorter than its tensor, but this bound lets a compiler drop the bounds check of every access: relu takes
// 20 % less time on SwiftShader (2026-11-21).
fn end_of_vectors() -> u32 {
  return min(vector_count(), arrayLength(&array_0));
}
