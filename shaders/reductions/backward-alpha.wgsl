// The gradient of the slopes of prelu: for each channel the sum of x * dy over its elements that are not positive.
//
// A channel has `inner` consecutive elements at a time, and each such run is split into blocks of `width`; the rows are
// the blocks of a channel. A workgroup takes 64 rows per invocation, of as many channels as it has invocations for, and
// adds them in a tree whose shape depends only on the shape of the tensor and the workgroup size. It stores a partial
// sum for each channel and slice of rows.
struct Shape {
  count: u32,
  inner: u32,
  channels: u32,
  // The numbers of blocks in a run, of rows in the tensor, and of slices of rows.
  blocks: u32,
  rows: u32,
  slices: u32,
  // Powers of two: the number of adjacent invocations in a block, and the number of channels in a workgroup.
  width: u32,
  channels_at_a_time: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> x: array<u32>;
@group(0) @binding(2) var<storage, read> dy: array<u32>;
@group(0) @binding(3) var<storage, read_write> sums: array<f32>;

const ROWS_PER_LANE = 64u;

alias Sum = f32;
var<workgroup> partial: array<Sum, WORKGROUP_SIZE>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  begin(lane, workgroup.x);
  let side_by_side = shape.width * shape.channels_at_a_time;
  let rows_at_a_time = WORKGROUP_SIZE / side_by_side;
  let groups = (shape.channels + shape.channels_at_a_time - 1u) / shape.channels_at_a_time;
  let lane_channel = (lane % side_by_side) / shape.width;
  // Bounds the number of tasks and ends the tree's loop even where a driver loses the contents of the uniform.
  let tasks = min(groups * shape.slices, most_sums());
  let narrowest = max(side_by_side, 1u);
  for (var task = workgroup.x; task < tasks; task += workgroups.x) {
    let slice = task / groups;
    let channel = (task % groups) * shape.channels_at_a_time + lane_channel;
    let row = slice * rows_at_a_time * ROWS_PER_LANE + lane / side_by_side;
    partial[lane] = sum_of_rows(channel, row, rows_at_a_time, lane % shape.width);
    for (var half = shape.width / 2u; half > 0u; half /= 2u) {
      workgroupBarrier();
      if (lane % shape.width < half) {
        partial[lane] += partial[lane + half];
      }
    }
    for (var half = WORKGROUP_SIZE / 2u; half >= narrowest; half /= 2u) {
      workgroupBarrier();
      if (lane < half) {
        partial[lane] += partial[lane + half];
      }
    }
    if (lane < side_by_side && lane % shape.width == 0u && channel < shape.channels) {
      store_sum(slice * shape.channels + channel, partial[lane]);
    }
    workgroupBarrier();
  }
}

// Adds 64 rows as 4 times 4 times 4, so that a term is rounded nine times on its way to the sum.
fn sum_of_rows(channel: u32, first: u32, stride: u32, place: u32) -> Sum {
  if (channel >= shape.channels) {
    return Sum();
  }
  var row = first;
  var sum = Sum();
  for (var i = 0u; i < 4u && row < shape.rows; i++) {
    var quarter = Sum();
    for (var j = 0u; j < 4u && row < shape.rows; j++) {
      var sixteenth = Sum();
      for (var k = 0u; k < 4u && row < shape.rows; k++) {
        sixteenth += term(channel, row, place);
        row += stride;
      }
      quarter += sixteenth;
    }
    sum += quarter;
  }
  return sum;
}

fn term(channel: u32, row: u32, place: u32) -> Sum {
  let period = row / shape.blocks;
  let offset = (row - period * shape.blocks) * shape.width + place;
  let i = (period * shape.channels + channel) * shape.inner + offset;
  if (offset >= shape.inner || i >= shape.count) {
    return Sum();
  }
  return product(i);
}

// A kernel over bindings of the caller, or in 16 bits, replaces the functions from here on.
fn product(i: u32) -> Sum {
  let is_positive = (x[i] - 1u) < 0x7f800000u;
  return select(bitcast<f32>(x[i]) * bitcast<f32>(dy[i]), 0.0, is_positive);
}

fn begin(lane: u32, workgroup: u32) {
}

fn most_sums() -> u32 {
  return arrayLength(&sums);
}

fn store_sum(at: u32, sum: Sum) {
  sums[at] = sum;
}
