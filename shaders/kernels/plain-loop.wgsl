// The entry point in place of that of elementwise.wgsl where no operation ever needs exact arithmetic. Compilers make the same of
// both, but this takes less time to compile: the first result is there sooner. It needs no `vector_index`: what depends on the
// position is a product with the slopes of channels.
@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(@builtin(global_invocation_id) invocation: vec3<u32>) {
  if (invocation.x >= geometry.invocations) {
    return;
  }
  find_starts();
  let start = invocation.x * geometry.invocation_stride;
  let end = min(end_of_vectors(), start + geometry.span);
  let stride = geometry.loop_stride;
  for (var i = start; i < end; i += stride) {
    store(i, result(i));
  }
  finish(invocation.x);
}
