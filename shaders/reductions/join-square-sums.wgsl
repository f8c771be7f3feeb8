// Joins up to 64 sums of squares an invocation to one for each workgroup.
const SUMS_PER_LANE = 64u;

@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  find_starts();
  let sums = SUMS_PER_LANE * WORKGROUP_SIZE;
  let parts = max((geometry.count + sums - 1u) / sums, 1u);
  for (var part = workgroup.x; part < parts; part += workgroups.x) {
    join_in_workgroup(lane, sum_from(part * sums + lane, min((part + 1u) * sums, geometry.count)));
    if (lane == 0u) {
      store_joined(part, partial[0]);
    }
    workgroupBarrier();
  }
}

fn sum_from(first: u32, end: u32) -> SquareSum {
  var own = SquareSum(0.0, 0.0, 0u);
  for (var i = first; i < end; i += WORKGROUP_SIZE) {
    let at = i * WORDS_OF_SQUARE_SUM;
    let sum = SquareSum(bitcast<f32>(word_sums(at)), bitcast<f32>(word_sums(at + 1u)), word_sums(at + 2u));
    own = joined(own, sum);
  }
  return own;
}
