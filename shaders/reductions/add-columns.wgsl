// Reduces the partial sums of invocations to a bias gradient. Each invocation stored four sums, of consecutive columns
// from geometry.column on, so that the sums form rows of all columns. A workgroup takes adjacent columns, and its
// remaining invocations share the rows, in a tree whose shape depends only on these lengths and the workgroup size.
var<workgroup> partial: array<Float, WORKGROUP_SIZE>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  find_starts();
  let vectors = vector_count();
  let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(vectors - 1u)));
  let rows_at_a_time = WORKGROUP_SIZE / side_by_side;
  for (var first = workgroup.x * side_by_side; first < vectors; first += workgroups.x * side_by_side) {
    let i = first + lane % side_by_side;
    partial[lane] = sum_of_rows(i, lane / side_by_side, rows_at_a_time);
    for (var half = WORKGROUP_SIZE / 2u; half >= side_by_side; half /= 2u) {
      workgroupBarrier();
      if (lane < half) {
        partial[lane] = sum(partial[lane], partial[lane + half]);
      }
    }
    if (lane < side_by_side && i < vectors) {
      store_dbias(i, partial[lane]);
    }
    workgroupBarrier();
  }
}

// Adds 32 rows at a time, to keep rounding errors small.
fn sum_of_rows(i: u32, first_row: u32, rows_at_a_time: u32) -> Float {
  let columns = geometry.count;
  let rows = (geometry.invocations * LANES + columns - 1u) / columns;
  let column = min(Bits(i * LANES) + Bits(0u, 1u, 2u, 3u), Bits(columns - 1u));
  let first = column - geometry.column + select(Bits(0u), Bits(columns), column < Bits(geometry.column));
  var row = first_row;
  var total = Float(0.0);
  while (row < rows) {
    var recent = Float(0.0);
    for (var k = 0u; k < 32u && row < rows; k++) {
      let at = first + row * columns;
      recent = sum(recent, bitcast<Float>(Bits(sum_at(at.x), sum_at(at.y), sum_at(at.z), sum_at(at.w))));
      row += rows_at_a_time;
    }
    total = sum(total, recent);
  }
  return total;
}
