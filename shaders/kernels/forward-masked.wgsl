// y = forward(x), and for each element a bit: whether its gate is open. An invocation meets the groups of a word one after the
// other.
var<private> open: Flags;
var<private> word: u32;

// x may be overwritten by y: what its gate says is kept.
fn result(i: u32) -> Float {
  let x = load_x(i);
  open = is_open(x) & within(i);
  return forward(x);
}

fn store(i: u32, elements: Float) {
  store_y(i, elements);
  word |= dot(select(Bits(0u), Bits(1u, 2u, 4u, 8u), open), Bits(1u)) << (i % GROUPS_IN_A_ROW * LANES);
  if (next_group(i) != i + 1u || i + 1u == groups_of_lanes()) {
    keep_mask(i / GROUPS_IN_A_ROW, word);
    word = 0u;
  }
}
