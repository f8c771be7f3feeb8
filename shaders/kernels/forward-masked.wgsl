// y = forward(x), and a mask with a bit per element, 1 where the gate is open. A blocked partition gives one invocation
// the eight vec4 indices of a mask word, in order.
const VECTORS_PER_MASK_WORD = 8u;

var<private> open: Flags;
var<private> mask_word: u32;

// Evaluates the gate before the store, because y may overwrite x.
fn result(i: u32) -> Float {
  let x = load_x(i);
  open = is_open(x) & within(i);
  return forward(x);
}

fn store(i: u32, elements: Float) {
  store_y(i, elements);
  let place = i % VECTORS_PER_MASK_WORD;
  mask_word |= dot(select(Bits(0u), Bits(1u, 2u, 4u, 8u), open), Bits(1u)) << (place * LANES);
  if (place == VECTORS_PER_MASK_WORD - 1u || i + 1u == vector_count()) {
    write_mask(i / VECTORS_PER_MASK_WORD, mask_word);
    mask_word = 0u;
  }
}
