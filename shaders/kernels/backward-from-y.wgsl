// dx = backward_from_y(y, dy): y determines the derivative.
fn result(i: u32) -> Float {
  return backward_from_y(load_y(i), load_dy(i));
}

fn store(i: u32, elements: Float) {
  store_dx(i, elements);
}
