// For arrays in 16 bits: replaces functions of backward-alpha.wgsl, together with alpha-single.wgsl.
const PER_WORD = 2u;

fn word_x(at: u32) -> u32 {
  return x[at];
}

fn word_dy(at: u32) -> u32 {
  return dy[at];
}

fn first_in_word() -> u32 {
  return 0u;
}
