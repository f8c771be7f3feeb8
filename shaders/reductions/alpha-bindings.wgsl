// For tensors and sums in bindings of the caller, as kernels/geometry.wgsl has them: replaces functions of backward-alpha.wgsl.
// geometry.invocations is the number of sums.

// The next kernel reads whole vectors: the words behind the last sum become 0.
fn begin(lane: u32, workgroup: u32) {
  find_starts();
  let rest = (LANES - geometry.invocations % LANES) % LANES;
  if (workgroup == 0u && lane < rest) {
    write_word_sums(geometry.invocations + lane, 0u);
  }
}

fn most_sums() -> u32 {
  return geometry.invocations;
}

fn store_sum(at: u32, sum: f32) {
  write_word_sums(at, bitcast<u32>(sum));
}

// The index of the first element in its word: a part of a tensor in 16 bits may begin between two words.
fn first_in_word() -> u32 {
  return geometry.invocation_stride;
}

// Adds up 64 rows as the other does, without a division and a branch for each: these took most of the time on SwiftShader and
// lavapipe. Where geometry.loop_stride is 1 an invocation takes consecutive rows, which suits a CPU's caches: on lavapipe the
// sums of 4 Mi elements take 0.25 to 0.5 of the time (2026-11-30).
fn sum_of_rows(channel: u32, first: u32, rows_at_a_time: u32, place: u32) -> Sum {
  let is_blocked = geometry.loop_stride == 1u;
  let own = first % rows_at_a_time;
  let stride = select(rows_at_a_time, 1u, is_blocked);
  var row = first + select(0u, own * (ROWS_PER_LANE - 1u), is_blocked);
  let period = shape.channels * shape.inner;
  var block = row % shape.blocks;
  var at = row / shape.blocks * period + channel * shape.inner + block * shape.width + place;
  // To the next row: blocks, elements, and elements more where that is in another run.
  let blocks = stride % shape.blocks;
  let step = stride / shape.blocks * period + blocks * shape.width;
  let to_run = period - shape.blocks * shape.width;
  let rows = select(0u, shape.rows, channel < shape.channels);
  var sum = Sum();
  for (var i = 0u; i < 4u && row < rows; i++) {
    var quarter = Sum();
    for (var j = 0u; j < 4u && row < rows; j++) {
      var sixteenth = Sum();
      for (var k = 0u; k < 4u; k++) {
        let is_own = (row < rows) & (block * shape.width + place < shape.inner) & (at < shape.count);
        sixteenth += select(Sum(), product(at), is_own);
        let ends_run = block + blocks >= shape.blocks;
        row += stride;
        block += select(blocks, blocks - shape.blocks, ends_run);
        at += select(step, step + to_run, ends_run);
      }
      quarter += sixteenth;
    }
    sum += quarter;
  }
  return sum;
}
