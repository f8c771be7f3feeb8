// dx = through_gate(mask, dy): the mask has a bit per element, 1 where the gate was open.
fn result(i: u32) -> Float {
  return through_gate(mask_bits(i), load_dy(i));
}

fn store(i: u32, elements: Float) {
  store_dx(i, elements);
}
