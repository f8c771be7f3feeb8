// Replaces store() of kernels/forward-masked.wgsl: vectors come in order, and all lanes are elements.
fn store(i: u32, elements: Float) {
  store_y(i, elements);
  write_mask(i, open);
}
