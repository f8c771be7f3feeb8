// The L2 norm of tensors from the sums of squares of their slices.
@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(@builtin(local_invocation_index) lane: u32) {
  find_starts();
  var own = SquareSum(0.0, 0.0, 0u);
  for (var i = lane; i < geometry.count; i += WORKGROUP_SIZE) {
    let at = i * WORDS_OF_SQUARE_SUM;
    let slice = SquareSum(bitcast<f32>(word_sums(at)), bitcast<f32>(word_sums(at + 1u)), word_sums(at + 2u));
    own = joined(own, slice);
  }
  join_in_workgroup(lane, own);
  if (lane == 0u) {
    write_word_norm(0u, norm_of(partial[0]));
  }
}

fn norm_of(total: SquareSum) -> u32 {
  if (total.largest == 0u || total.largest >= INFINITY) {
    return select(total.largest, QUIET_NAN, total.largest > INFINITY);
  }
  let root = square_root(total.sum, total.rest);
  let scale = scale_of(total.largest);
  // A result that is subnormal is made of units of 2^-149, because drivers would flush it.
  if (scale == 0u && root < 4.0) {
    return u32(root * 0x1p21f + 0.5);
  }
  let factor = bitcast<f32>((127u - 64u + 32u * scale) << 23u);
  return bitcast<u32>(root * factor * factor);
}

// WGSL allows sqrt several ULP: one step of Newton's method leaves one. The root is split into halves whose products
// are exact.
fn square_root(sum: f32, rest: f32) -> f32 {
  let root = sqrt(sum + rest);
  let high = bitcast<f32>(bitcast<u32>(root) & 0xfffff000u);
  let low = root - high;
  let residual = (((sum - high * high) - 2.0 * high * low) - low * low) + rest;
  return root + residual / (2.0 * root);
}
