// The gradient of the slopes of prelu: for each slope the sum of x * dy over its elements that are not positive. An
// invocation adds every slices-th element of a slope. Neighbours take neighbouring elements, as far as the shape
// allows. The order of a sum depends on the shapes alone.
fn main(index: i32) {
  let slopes = u32(uniforms.sums.x);
  let slices = u32(uniforms.sums.y);
  let each = u32(uniforms.sums.z);
  let invocation = u32(index);
  if (invocation >= slopes * slices) {
    return;
  }
  let slope = select(invocation / slices, invocation % slopes, SLOPES_SIDE_BY_SIDE);
  let slice = select(invocation % slices, invocation / slopes, SLOPES_SIDE_BY_SIDE);
  let first = slope_element(slope);
  var total = 0.0;
  var i = slice;
  while (i < each) {
    // In blocks, so that few roundings add up.
    var block = 0.0;
    for (var k = 0u; k < 32u && i < each; k++) {
      block += term(first + slope_step(i));
      i += slices;
    }
    total += block;
  }
  result[slope * slices + slice] = total;
}

fn term(i: u32) -> f32 {
  let word = bitcast<u32>(x[i]);
  let is_positive = (word - 1u) < 0x7f800000u;
  return select(x[i] * dy[i], 0.0, is_positive);
}
