// y = f(clamped_gate(gate)) * factor_of(up)
fn result(i: u32) -> Float {
  return glu_forward(clamped_gate(load_gate(i)), factor_of(load_up(i)));
}

fn store(i: u32, elements: Float) {
  store_y(i, elements);
}
