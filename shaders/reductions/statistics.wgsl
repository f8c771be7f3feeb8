// Statistics of y = forward(x) and of the gradient, for the four lanes of an invocation. The stride of the grid-stride
// loop is a multiple of the column count, so that a lane always meets the same column. NaN and Infinity are counted, and
// left out of the moments.
struct Lanes {
  count: Bits,
  zeros: Bits,
  zero_gradients: Bits,
  shut: Bits,
  nans: Bits,
  infinities: Bits,
  // As sortable bits.
  lowest: Bits,
  highest: Bits,
  // The mean of the finite elements and the sum of squared deviations, scaled, each with its rounding errors.
  finite: Float,
  mean: Float,
  mean_rest: Float,
  squares: Float,
  squares_rest: Float,
}

const ELEMENTS_PER_BLOCK = 8u;

@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(@builtin(global_invocation_id) invocation: vec3<u32>) {
  if (invocation.x >= geometry.invocations) {
    return;
  }
  find_starts();
  var lanes: Lanes;
  var factor = Float(1.0);
  for (var is_scaled = false; !is_scaled; ) {
    lanes = statistics_of(invocation.x, factor);
    let wanted = factors_of(scales_of(largest_of(lanes)));
    is_scaled = all(wanted == factor);
    factor = wanted;
  }
  store_lanes(invocation.x, lanes);
}

fn largest_of(lanes: Lanes) -> Bits {
  let largest = max(magnitude(unsortable(lanes.lowest)), magnitude(unsortable(lanes.highest)));
  return select(bitcast<Bits>(Float(1.0)), largest, lanes.finite > Float(0.0));
}

fn unsortable(bits: Bits) -> Float {
  return bitcast<Float>(bits ^ select(Bits(0xffffffffu), Bits(SIGN), bits >= Bits(SIGN)));
}

fn statistics_of(invocation: u32, factor: Float) -> Lanes {
  var lanes: Lanes;
  lanes.lowest = Bits(0xffffffffu);
  let end = end_of_groups();
  let stride = geometry.stride;
  var shift = Float(0.0);
  for (var i = invocation; i < end; ) {
    // The sums of a block are taken from its first element, and then joined with those before: an error is at most that of
    // eight additions, whatever the mean.
    var sum = Float(0.0);
    var squares = Float(0.0);
    var finite = Float(0.0);
    for (var k = 0u; k < ELEMENTS_PER_BLOCK && i < end; k++) {
      group_of_lanes = i;
      let x = load_x(i);
      var y = forward(x);
      var gradient = backward(x, Float(1.0));
      while (any_needs_exact) {
        careful = true;
        y = forward(x);
        gradient = backward(x, Float(1.0));
        careful = false;
        any_needs_exact = false;
      }
      let is_element = within(i);
      let size = magnitude(y);
      let is_finite = is_element & (size < Bits(INFINITY));
      lanes.count += select(Bits(0u), Bits(1u), is_element);
      lanes.zeros += select(Bits(0u), Bits(1u), is_element & is_nothing(y));
      lanes.zero_gradients += select(Bits(0u), Bits(1u), is_element & is_nothing(gradient));
      lanes.shut += select(Bits(1u), Bits(0u), !is_element | is_open(x));
      lanes.nans += select(Bits(0u), Bits(1u), is_element & (size > Bits(INFINITY)));
      lanes.infinities += select(Bits(0u), Bits(1u), is_element & (size == Bits(INFINITY)));
      let place = sortable(y);
      lanes.lowest = select(lanes.lowest, min(lanes.lowest, place), is_finite);
      lanes.highest = select(lanes.highest, max(lanes.highest, place), is_finite);
      let scaled = y * factor;
      shift = select(shift, scaled, is_finite & Flags(k == 0u));
      let difference = select(Float(0.0), scaled - shift, is_finite);
      sum += difference;
      squares += difference * difference;
      finite += select(Float(0.0), Float(1.0), is_finite);
      i += stride;
    }
    join_block(&lanes, shift, sum, squares, finite);
  }
  return lanes;
}

fn join_block(lanes: ptr<function, Lanes>, shift: Float, sum: Float, squares: Float, finite: Float) {
  let before = (*lanes).finite;
  let all = before + finite;
  let from_shift = sum / max(finite, Float(1.0));
  let weight = finite / max(all, Float(1.0));
  let own = max(squares - sum * from_shift, Float(0.0));
  let difference = ((shift - (*lanes).mean) + from_shift) - (*lanes).mean_rest;
  let step = difference * weight;
  let mean = (*lanes).mean + step;
  (*lanes).mean_rest += lost_in_lanes(mean, (*lanes).mean, step);
  (*lanes).mean = mean;
  let more = own + difference * step * before;
  let total = (*lanes).squares + more;
  (*lanes).squares_rest += lost_in_lanes(total, (*lanes).squares, more);
  (*lanes).squares = total;
  (*lanes).finite = all;
}

fn store_lanes(invocation: u32, lanes: Lanes) {
  store_row(0u, invocation, lanes.count);
  store_row(1u, invocation, lanes.zeros);
  store_row(2u, invocation, lanes.zero_gradients);
  store_row(3u, invocation, lanes.shut);
  store_row(4u, invocation, lanes.nans);
  store_row(5u, invocation, lanes.infinities);
  store_row(6u, invocation, lanes.lowest);
  store_row(7u, invocation, lanes.highest);
  store_row(8u, invocation, bitcast<Bits>(lanes.mean + lanes.mean_rest));
  store_row(9u, invocation, bitcast<Bits>(lanes.squares + lanes.squares_rest));
}

fn store_row(row: u32, invocation: u32, words: Bits) {
  let at = (row * geometry.invocations + invocation) * LANES;
  write_word_sums(at, words.x);
  write_word_sums(at + 1u, words.y);
  write_word_sums(at + 2u, words.z);
  write_word_sums(at + 3u, words.w);
}
