fn sum_at(at: u32) -> u32 {
  return select(0u, ARRAY[START + min(at, geometry.stride - 1u)], at < geometry.stride);
}
