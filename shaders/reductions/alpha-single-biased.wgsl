// Replaces the input without a bias.
fn input(i: u32) -> f32 {
  let column = (geometry.column + i) % geometry.columns;
  let x = element(word_x((geometry.invocation_stride + i) / PER_WORD), geometry.invocation_stride + i);
  return x + element(word_bias(column / PER_WORD), column);
}
