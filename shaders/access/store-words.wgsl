fn write_NAME(i: u32, elements: Float) {
  let first = START + i * LANES;
  let words = pack(elements);
  let left = geometry.count - i * LANES;
  ARRAY[first] = words.x;
  if (left > 1u) {
    ARRAY[first + 1u] = words.y;
  }
  if (left > 2u) {
    ARRAY[first + 2u] = words.z;
  }
  if (left > 3u) {
    ARRAY[first + 3u] = words.w;
  }
}
