// NAME is a row of words with a meaning of their own, not elements.
fn word_NAME(at: u32) -> u32 {
  return ARRAY[START + at];
}

fn write_word_NAME(at: u32, word: u32) {
  ARRAY[START + at] = word;
}
