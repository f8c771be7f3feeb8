// Copies the examples of a step, whose indices were drawn on the CPU, into the batch.
struct Shape {
  // The rows of the batch.
  rows: u32,
  features: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> status: Status;
@group(0) @binding(2) var<storage, read> indices: array<u32>;
@group(0) @binding(3) var<storage, read> values: array<f32>;
@group(0) @binding(4) var<storage, read> labels: array<u32>;
@group(0) @binding(5) var<storage, read_write> batch_values: array<f32>;
@group(0) @binding(6) var<storage, read_write> batch_labels: array<u32>;

@compute @workgroup_size(256)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let row = id.x / shape.features;
  if (row >= shape.rows) {
    return;
  }
  let feature = id.x % shape.features;
  let example = indices[(status.steps - status.first_step) * shape.rows + row];
  batch_values[id.x] = values[example * shape.features + feature];
  if (feature == 0u) {
    batch_labels[row] = labels[example];
  }
}
