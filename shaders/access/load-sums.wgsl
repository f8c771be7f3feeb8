fn sum_at(at: u32) -> u32 {
  let sums = geometry.invocations * LANES;
  return select(0u, ARRAY[START + min(at, sums - 1u)], at < sums);
}
