// The order in which invocations take the groups of lanes: each one, then one that is a stride further on.
fn first_group(invocation: u32) -> u32 {
  return invocation;
}

fn next_group(i: u32) -> u32 {
  return i + stride;
}
