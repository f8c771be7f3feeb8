// dx = backward(x, dy)
fn result(i: u32) -> Float {
  return backward(load_x(i), load_dy(i));
}

fn store(i: u32, elements: Float) {
  store_dx(i, elements);
}
