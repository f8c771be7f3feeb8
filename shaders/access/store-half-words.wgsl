// Keeps the upper half of the last word where the number of elements is odd.
fn write_NAME(i: u32, elements: Float) {
  let first = START + i * 2u;
  let words = pack(elements);
  let left = geometry.count - i * LANES;
  if (left > 1u) {
    ARRAY[first] = words.x;
  } else {
    ARRAY[first] = (ARRAY[first] & 0xffff0000u) | (words.x & 0xffffu);
  }
  if (left > 3u) {
    ARRAY[first + 1u] = words.y;
  } else if (left > 2u) {
    ARRAY[first + 1u] = (ARRAY[first + 1u] & 0xffff0000u) | (words.y & 0xffffu);
  }
}
