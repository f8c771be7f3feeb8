// y = x * min(1, parameters.x / (norm + 1e-6)), PyTorch's clip_grad_norm_. A norm within the limit leaves x as it is.
@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(@builtin(global_invocation_id) invocation: vec3<u32>) {
  find_starts();
  let coefficient = coefficient_of(word_norm(0u));
  if (invocation.x >= geometry.invocations || coefficient == 0x3f800000u) {
    return;
  }
  let end = min(end_of_groups(), invocation.x * geometry.run + geometry.reach);
  for (var i = invocation.x * geometry.run; i < end; i += geometry.stride) {
    write_y(i, select(load_x(i) * bitcast<f32>(coefficient), bitcast<Float>(Bits(coefficient)), coefficient > INFINITY));
  }
}

// As bits: 1 is compared exactly, and NaN is one on every driver.
fn coefficient_of(norm: u32) -> u32 {
  let limit = bitcast<u32>(parameters.x);
  if (norm > INFINITY || (norm == INFINITY && limit == INFINITY)) {
    return QUIET_NAN;
  }
  return min(bitcast<u32>(parameters.x / (bitcast<f32>(norm) + 1e-6)), 0x3f800000u);
}
