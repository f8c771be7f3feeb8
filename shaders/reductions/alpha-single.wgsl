// One element at a time, where vectors would have lanes of several runs: the tensors are rows of words, of PER_WORD elements
// each.
fn product(i: u32) -> f32 {
  let x = input(i);
  let is_positive = (bitcast<u32>(x) - 1u) < 0x7f800000u;
  let at = first_in_word() + i;
  return select(x * element(word_dy(at / PER_WORD), at), 0.0, is_positive);
}

fn input(i: u32) -> f32 {
  let at = first_in_word() + i;
  return element(word_x(at / PER_WORD), at);
}

fn element(word: u32, at: u32) -> f32 {
  var words = Words();
  words.x = word;
  return unpack(words)[at % PER_WORD];
}
