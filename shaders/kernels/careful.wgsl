// The slow way round, for the few operands that need it. A kernel computes with `careful` off; where an operation then
// raises `any_needs_exact`, it drops the result and computes once more with `careful` on. An `if` inside the operation would be
// simpler, but SwiftShader runs both sides of every branch: leakyRelu took 6 times as long there.
var<private> careful: bool;
var<private> any_needs_exact: bool;

// Where in the tensor a result is computed, for activations to which it matters.
var<private> group_of_lanes: u32;
