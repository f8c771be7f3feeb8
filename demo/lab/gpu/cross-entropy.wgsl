// The mean cross-entropy after the last bias and softmax, and its gradient or its score. One workgroup takes all rows, so that
// the sum has one order.
struct Shape {
  rows: u32,
  classes: u32,
  // 1: begins a step of training, and writes the gradient; a loss that is no number ends training. 0: adds a score.
  trains: u32,
}

struct Score {
  // A float32, in its bits: WGSL has no constant that is no number.
  loss: u32,
  // The share of rows whose likeliest class is the right one.
  accuracy: f32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read_write> status: Status;
@group(0) @binding(2) var<storage, read> labels: array<u32>;
// Without the bias.
@group(0) @binding(3) var<storage, read> logits: array<f32>;
@group(0) @binding(4) var<storage, read> bias: array<f32>;
@group(0) @binding(5) var<storage, read_write> gradient: array<f32>;
@group(0) @binding(6) var<storage, read_write> scores: array<Score>;

const LANES = 64u;
const NOT_A_NUMBER = 0x7fc00000u;

var<workgroup> losses: array<f32, LANES>;
var<workgroup> rights: array<u32, LANES>;
var<workgroup> losts: array<u32, LANES>;

fn logit(start: u32, c: u32) -> f32 {
  return logits[start + c] + bias[c];
}

@compute @workgroup_size(LANES)
fn main(@builtin(local_invocation_index) lane: u32) {
  var loss = 0.0;
  var right = 0u;
  var lost = 0u;
  for (var row = lane; row < shape.rows; row += LANES) {
    let start = row * shape.classes;
    let label = labels[row];
    var likeliest = 0u;
    var largest = logit(start, 0u);
    for (var c = 0u; c < shape.classes; c++) {
      let value = logit(start, c);
      lost |= u32(is_lost(value));
      if (value > largest) {
        likeliest = c;
        largest = value;
      }
    }
    var sum = 0.0;
    for (var c = 0u; c < shape.classes; c++) {
      sum += exp(logit(start, c) - largest);
    }
    // By the logarithm of the sum: a probability may be too small for a number, its logarithm is not.
    loss += log(sum) - (logit(start, label) - largest);
    right += u32(likeliest == label);
    if (shape.trains == 1u) {
      for (var c = 0u; c < shape.classes; c++) {
        let probability = exp(logit(start, c) - largest) / sum;
        gradient[start + c] = (probability - f32(c == label)) / f32(shape.rows);
      }
    }
  }
  losses[lane] = loss;
  rights[lane] = right;
  losts[lane] = lost;
  workgroupBarrier();
  if (lane != 0u) {
    return;
  }
  for (var other = 1u; other < LANES; other++) {
    loss += losses[other];
    right += rights[other];
    lost |= losts[other];
  }
  let is_number = lost == 0u && !is_lost(loss);
  if (shape.trains == 0u) {
    let mean = loss / f32(shape.rows);
    let accuracy = f32(right) / f32(shape.rows);
    scores[status.scores] = Score(select(NOT_A_NUMBER, bitcast<u32>(mean), is_number), accuracy);
    status.scores++;
  } else if (!is_number) {
    status.stopped = 1u;
  } else if (status.stopped == 0u) {
    status.steps++;
    status.mean_weight += 0.1 * (1.0 - status.mean_weight);
    status.square_weight += 0.001 * (1.0 - status.square_weight);
  }
}
