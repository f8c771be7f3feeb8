// Collects the bits seen of a lane's elements: bit 0 an element, bit 1 a gradient, bit 2 an open gate.
var<private> seen: Bits;
var<private> open: Flags;

fn result(i: u32) -> Float {
  let x = load_x(i);
  open = is_open(x);
  return backward(x, Float(1.0));
}

fn store(i: u32, gradient: Float) {
  let bits = Bits(1u) | select(Bits(2u), Bits(0u), is_nothing(gradient)) | select(Bits(0u), Bits(4u), open);
  seen |= select(Bits(0u), bits, within(i));
}

fn finish(invocation: u32) {
  let at = invocation * LANES;
  write_word_sums(at, seen.x);
  write_word_sums(at + 1u, seen.y);
  write_word_sums(at + 2u, seen.z);
  write_word_sums(at + 3u, seen.w);
}
