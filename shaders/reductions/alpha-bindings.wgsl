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
