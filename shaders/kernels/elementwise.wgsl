// One result an element. A kernel has two functions, `result(i)` and `store(i, elements)`, where i counts groups of lanes; an
// order has `first_group(invocation)` and `next_group(i)`; and `finish(invocation)` does what is left to do at the end.
//
// The stride covers a tensor of any length with any number of workgroups. The inner loop takes the ordinary
// elements; it stops at one that an activation doubts, which then goes the careful way. Where an activation never doubts,
// compilers leave the inner loop and nothing else.
@compute @workgroup_size(256)
fn elementwise(@builtin(global_invocation_id) invocation: vec3<u32>) {
  find_starts();
  stride = geometry.stride;
  let end = groups_of_lanes();
  var i = select(end, first_group(invocation.x), invocation.x < stride);
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
      i = next_group(i);
    }
    if (!doubtful) {
      break;
    }
    careful = true;
    store(i, result(i));
    i = next_group(i);
  }
  if (invocation.x < stride) {
    finish(invocation.x);
  }
}
