// The four lanes are of adjacent channels, one element each.
fn store_sum(at: u32, sum: Float) {
  let bits = bitcast<Bits>(sum);
  for (var lane = 0u; lane < LANES; lane++) {
    write_word_sums(at * LANES + lane, bits[lane]);
  }
}
