// One element at a time: the same names as vec4.wgsl, for what wgsl() gives.
alias Float = f32;
alias Bits = u32;
alias SignedBits = i32;
alias Flags = bool;
const LANES = 1u;
