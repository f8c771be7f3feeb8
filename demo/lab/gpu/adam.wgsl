fn update(i: u32, gradient: f32) {
  let square = i + shape.count;
  memory[i] += 0.1 * (gradient - memory[i]);
  memory[square] += 0.001 * (gradient * gradient - memory[square]);
  // Both averages begin at 0: without these weights the first steps would be too small.
  let mean = memory[i] / status.mean_weight;
  values[i] -= shape.rate * mean / (sqrt(memory[square] / status.square_weight) + 1e-8);
}
