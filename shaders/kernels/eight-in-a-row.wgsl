// The order in which invocations take the groups of lanes: each eight in a row, whose 32 elements have their bits in one word of
// a mask, then eight that are a stride further on.
const GROUPS_IN_A_ROW = 8u;

fn first_group(invocation: u32) -> u32 {
  return invocation * GROUPS_IN_A_ROW;
}

fn next_group(i: u32) -> u32 {
  let is_last = i % GROUPS_IN_A_ROW == GROUPS_IN_A_ROW - 1u;
  return i + select(1u, (stride - 1u) * GROUPS_IN_A_ROW + 1u, is_last);
}
