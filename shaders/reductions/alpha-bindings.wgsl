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
