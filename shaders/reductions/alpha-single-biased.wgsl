// Replaces the input without a bias.
fn input(i: u32) -> f32 {
  let at = first_in_word() + i;
  let column = (geometry.column + i) % geometry.columns;
  return element(word_x(at / PER_WORD), at) + element(word_bias(column / PER_WORD), column);
}
