// The L2 norm of tensors, from all of their sums of squares.
fn store_joined(part: u32, sum: SquareSum) {
  write_word_norm(0u, norm_of(sum));
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
