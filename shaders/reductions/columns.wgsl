// Joins the records of invocations to one for each column. An invocation stored four, of consecutive columns from
// geometry.column on, so that the records form rows of all columns. A workgroup takes adjacent columns, and its remaining
// invocations share the rows, in a tree whose shape depends only on these lengths and the workgroup size.
//
// A kernel provides `Record`, `nothing()`, `record_at(at, records)`, `joined(a, b)` and `store_column(column, record)`.
var<workgroup> partial: array<Record, WORKGROUP_SIZE>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  find_starts();
  let columns = geometry.columns;
  let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(columns - 1u)));
  for (var first = workgroup.x * side_by_side; first < columns; first += workgroups.x * side_by_side) {
    let column = first + lane % side_by_side;
    partial[lane] = join_of_rows(column, lane / side_by_side, WORKGROUP_SIZE / side_by_side);
    for (var half = WORKGROUP_SIZE / 2u; half >= side_by_side; half /= 2u) {
      workgroupBarrier();
      if (lane < half) {
        partial[lane] = joined(partial[lane], partial[lane + half]);
      }
    }
    if (lane < side_by_side && column < columns) {
      store_column(column, partial[lane]);
    }
    workgroupBarrier();
  }
}

fn join_of_rows(column: u32, row: u32, rows_at_a_time: u32) -> Record {
  let columns = geometry.columns;
  let records = geometry.invocations * LANES;
  let first = column - geometry.column + select(0u, columns, column < geometry.column);
  var total = nothing();
  if (column < columns) {
    for (var at = first + row * columns; at < records; at += rows_at_a_time * columns) {
      total = joined(total, record_at(at, records));
    }
  }
  return total;
}
