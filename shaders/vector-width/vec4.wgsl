// Four elements at a time. Activations and numerics use these names and compile at either width. On SwiftShader a
// kernel over vec4 takes half the time of the same kernel over four scalars.
alias Float = vec4<f32>;
alias Bits = vec4<u32>;
alias SignedBits = vec4<i32>;
alias Flags = vec4<bool>;
const LANES = 4u;

// Functions for a loop that takes one lane at a time. Rotations, because drivers move vectors to memory for an index.
fn first_lane(x: Bits) -> u32 {
  return x.x;
}

// The other lanes, and after them the last.
fn rotated(x: Bits, last: u32) -> Bits {
  return Bits(x.yzw, last);
}
