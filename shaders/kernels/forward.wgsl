// y = forward(x)
fn result(i: u32) -> Float {
  return forward(load_x(i));
}

fn store(i: u32, elements: Float) {
  store_y(i, elements);
}
