// Four elements at a time. Activations and numerics use these names and compile at either width. On SwiftShader a
// kernel over vec4 takes half the time of the same kernel over four scalars.
alias Float = vec4<f32>;
alias Bits = vec4<u32>;
alias SignedBits = vec4<i32>;
alias Flags = vec4<bool>;
const LANES = 4u;
