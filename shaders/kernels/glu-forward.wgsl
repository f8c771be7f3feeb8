// y = f(gate) * up
fn result(i: u32) -> Float {
  return glu_forward(load_gate(i), load_up(i));
}

fn store(i: u32, elements: Float) {
  store_y(i, elements);
}
