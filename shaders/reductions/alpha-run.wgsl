// The four lanes are of one channel.
fn store_sum(at: u32, sum: Float) {
  write_word_sums(at, bitcast<u32>((sum.x + sum.y) + (sum.z + sum.w)));
}
