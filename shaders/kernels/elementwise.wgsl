// The slow way round, for the few operands that need it. A kernel computes with `careful` off; where an operation then
// raises `doubtful`, it drops the result and computes once more with `careful` on. An `if` inside the operation would be
// simpler, but SwiftShader runs both sides of every branch: leakyRelu took 6 times as long there.
var<private> careful: bool;
var<private> doubtful: bool;

// Where in the tensor a result is computed, for activations to which it matters.
var<private> group_of_lanes: u32;

// One result an element. A kernel over it declares its bindings and three functions: `count()`, `result(i)` and
// `store(i, elements)`, where i counts groups of lanes.
//
// The grid stride covers a tensor of any length with any number of workgroups. The inner loop takes the ordinary
// elements; it stops at one that an activation doubts, which then goes the careful way. Where an activation never doubts,
// compilers leave the inner loop and nothing else.
@compute @workgroup_size(256)
fn elementwise(@builtin(global_invocation_id) invocation: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let end = count();
  let stride = workgroups.x * 256u;
  var i = invocation.x;
  loop {
    careful = false;
    doubtful = false;
    while (i < end) {
      group_of_lanes = i;
      let plain = result(i);
      if (doubtful) {
        break;
      }
      store(i, plain);
      i += stride;
    }
    if (!doubtful) {
      break;
    }
    careful = true;
    store(i, result(i));
    i += stride;
  }
}
