// For a length that is no multiple of 4. The last element stands in for those beyond the end.
fn load_NAME(i: u32) -> Float {
  let first = i * LANES;
  let last = elements() - 1u;
  return Float(NAME[first], NAME[min(first + 1u, last)], NAME[min(first + 2u, last)], NAME[min(first + 3u, last)]);
}
