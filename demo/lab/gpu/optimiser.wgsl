// A step of the optimiser over all parameters, which lie in one buffer. `update` is declared by sgd.wgsl or adam.wgsl.
struct Shape {
  // The number of parameters.
  count: u32,
  rate: f32,
  momentum: f32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> status: Status;
@group(0) @binding(2) var<storage, read> gradients: array<f32>;
@group(0) @binding(3) var<storage, read_write> values: array<f32>;
// The velocity of each parameter, or its mean and then its mean of squares.
@group(0) @binding(4) var<storage, read_write> memory: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let i = id.x;
  if (i >= shape.count || status.stopped == 1u) {
    return;
  }
  // As on the CPU: gradients without a finite norm are left out.
  update(i, select(gradients[i], 0.0, is_lost(status.norm)));
}
