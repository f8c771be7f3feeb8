// The state of training between kernels. Each kernel begins with this declaration.
struct Status {
  // The number of the step whose examples come first in `indices`.
  first_step: u32,
  // The number of steps of a call, and of scores.
  steps: u32,
  scores: u32,
  // 1 from a loss on that is no number: parameters stay as they are.
  stopped: u32,
  // 1 - 0.9^t and 1 - 0.999^t after t steps, by which Adam divides.
  mean_weight: f32,
  square_weight: f32,
  // The norm of all gradients; 0 where it is not needed.
  norm: f32,
}

// By bits, because compilers may assume that no number is infinite.
fn is_lost(x: f32) -> bool {
  return (bitcast<u32>(x) & 0x7f800000u) == 0x7f800000u;
}
