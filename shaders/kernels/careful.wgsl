// The slow path, for rare operands that need exact arithmetic. A kernel computes with `careful` off; where an operation
// sets `any_needs_exact`, the kernel drops the result and computes once more with `careful` on. An `if` inside the
// operation would be simpler, but SwiftShader runs both sides of every branch: leakyRelu took 6 times as long there.
var<private> careful: bool;
var<private> any_needs_exact: bool;

// The vec4 index of the current result, for activations that depend on the position in the tensor.
var<private> vector_index: u32;
