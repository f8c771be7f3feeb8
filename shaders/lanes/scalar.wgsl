// One element at a time: the same names as vec4.wgsl, for the tail of a tensor.
alias Float = f32;
alias Bits = u32;
alias Flags = bool;
