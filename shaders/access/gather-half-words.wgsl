// The elements of NAME at any four indices, with two elements per word.
fn gather_NAME(indices: Bits) -> Float {
  let at = indices / 2u + START;
  let words = Bits(ARRAY[at.x], ARRAY[at.y], ARRAY[at.z], ARRAY[at.w]);
  let halves = (words >> (indices % 2u * 16u)) & Bits(0xffffu);
  return unpack(Words(halves.x | (halves.y << 16u), halves.z | (halves.w << 16u)));
}

fn scatter_NAME(i: u32, indices: Bits, elements: Float) {
  let words = pack(elements);
  let left = geometry.count - i * LANES;
  write_half_NAME(indices.x, words.x);
  if (left > 1u) {
    write_half_NAME(indices.y, words.x >> 16u);
  }
  if (left > 2u) {
    write_half_NAME(indices.z, words.y);
  }
  if (left > 3u) {
    write_half_NAME(indices.w, words.y >> 16u);
  }
}

// Keeps the other half of the word.
fn write_half_NAME(index: u32, half: u32) {
  let at = START + index / 2u;
  let shift = index % 2u * 16u;
  ARRAY[at] = (ARRAY[at] & (0xffff0000u >> shift)) | ((half & 0xffffu) << shift);
}
