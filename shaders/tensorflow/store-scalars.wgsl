fn put(i: u32, y: Float) {
  let first = i * LANES;
  let left = elements() - first;
  result[first] = y.x;
  if (left > 1u) {
    result[first + 1u] = y.y;
  }
  if (left > 2u) {
    result[first + 2u] = y.z;
  }
  if (left > 3u) {
    result[first + 3u] = y.w;
  }
}
