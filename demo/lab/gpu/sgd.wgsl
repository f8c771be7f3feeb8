fn update(i: u32, gradient: f32) {
  memory[i] = shape.momentum * memory[i] + gradient;
  values[i] -= shape.rate * memory[i];
}
