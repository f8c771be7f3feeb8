// One element at a time, where vectors would have lanes of several runs. The tensors are rows of words, and
// geometry.invocation_stride is the index of the first element in its word.
fn product(i: u32) -> f32 {
  let x = input(i);
  let is_positive = (bitcast<u32>(x) - 1u) < 0x7f800000u;
  return select(x * element(word_dy((geometry.invocation_stride + i) / PER_WORD), geometry.invocation_stride + i), 0.0, is_positive);
}

fn input(i: u32) -> f32 {
  return element(word_x((geometry.invocation_stride + i) / PER_WORD), geometry.invocation_stride + i);
}

fn element(word: u32, index: u32) -> f32 {
  var words = Words();
  words.x = word;
  return unpack(words)[index % PER_WORD];
}

fn store_sum(at: u32, sum: f32) {
  write_word_sums(at, bitcast<u32>(sum));
}
