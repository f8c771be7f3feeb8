// The parts of a training step beside products and activations: the loss with its gradient, and gradient descent.

struct Record {
  // The number of losses so far.
  count: u32,
  losses: array<f32>,
}

@group(0) @binding(0) var<storage, read> predictions: array<f32>;
@group(0) @binding(1) var<storage, read> targets: array<f32>;
@group(0) @binding(2) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(3) var<storage, read_write> record: Record;

const LANES = 64u;
var<workgroup> sums: array<f32, LANES>;

// The mean squared error and its gradient. One workgroup, so that the sum has one order.
@compute @workgroup_size(LANES)
fn squared_error(@builtin(local_invocation_index) lane: u32) {
  let rows = arrayLength(&targets);
  var sum = 0.0;
  for (var row = lane; row < rows; row += LANES) {
    let error = predictions[row] - targets[row];
    sum += error * error;
    gradient[row] = 2.0 * error / f32(rows);
  }
  sums[lane] = sum;
  workgroupBarrier();
  if (lane > 0u) {
    return;
  }
  for (var other = 1u; other < LANES; other++) {
    sum += sums[other];
  }
  record.losses[record.count] = sum / f32(rows);
  record.count++;
}

@group(0) @binding(4) var<storage, read_write> parameters: array<f32>;
@group(0) @binding(5) var<storage, read> gradients: array<f32>;

override rate: f32;

@compute @workgroup_size(64)
fn descend(@builtin(global_invocation_id) id: vec3<u32>) {
  if (id.x < arrayLength(&parameters)) {
    parameters[id.x] -= rate * gradients[id.x];
  }
}
