// One element at a time: the names of vec4.wgsl for the source that wgsl() returns.
alias Float = f32;
alias Bits = u32;
alias SignedBits = i32;
alias Flags = bool;
const LANES = 1u;

fn first_lane(x: Bits) -> u32 {
  return x;
}

fn rotated(x: Bits, last: u32) -> Bits {
  return last;
}
