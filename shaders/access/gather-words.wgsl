// The elements of NAME at any four indices, with one element per word.
fn gather_NAME(indices: Bits) -> Float {
  let at = indices + START;
  return unpack(Words(ARRAY[at.x], ARRAY[at.y], ARRAY[at.z], ARRAY[at.w]));
}

fn scatter_NAME(i: u32, indices: Bits, elements: Float) {
  let at = indices + START;
  let words = pack(elements);
  let left = geometry.count - i * LANES;
  ARRAY[at.x] = words.x;
  if (left > 1u) {
    ARRAY[at.y] = words.y;
  }
  if (left > 2u) {
    ARRAY[at.z] = words.z;
  }
  if (left > 3u) {
    ARRAY[at.w] = words.w;
  }
}
