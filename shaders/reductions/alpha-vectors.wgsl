// Four adjacent elements at a time: the lengths of the shape are of vectors.
alias Sum = Float;

fn product(i: u32) -> Float {
  let x = load_x(i);
  return select(x * load_dy(i), Float(0.0), is_positive(x) | !within(i));
}
