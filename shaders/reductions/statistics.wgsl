// Statistics of y = forward(x) and of the gradient, for the four lanes of an invocation. The stride of the loop is a
// multiple of the column count, so that a lane always meets the same column. NaN and Infinity are counted, and left out
// of the moments.
//
// A plain block is whole vectors with finite results, so that it needs no masks. What is none is computed once more, with
// masks.
struct Lanes {
  count: Bits,
  nans: Bits,
  infinities: Bits,
  tallies: Tallies,
  extremes: Extremes,
  // The mean of the finite elements and the sum of squared deviations, scaled, each with its rounding errors.
  finite: Float,
  mean: Float,
  mean_rest: Float,
  squares: Float,
  squares_rest: Float,
}

// The numbers of elements that have a result other than zero, a gradient, and an open gate.
struct Tallies {
  results: Bits,
  gradients: Bits,
  open: Bits,
}

// Of the words of finite elements the largest, with and without a sign, and the smallest without one.
struct Extremes {
  signed: SignedBits,
  largest: Bits,
  smallest: Bits,
}

// Sums over a block: of differences to the mean of the blocks before, and of their squares.
struct Block {
  sum: Float,
  squares: Float,
  shift: Float,
  finite: Float,
  tallies: Tallies,
  extremes: Extremes,
}

// A long block is at most four times as long as what came before it, so that its sums lose few digits to a mean that is far
// from its own. After one that is not plain, short ones find the place.
const SHORT_BLOCK = 16u;
const LONG_BLOCK = 64u;
const NO_EXTREMES = Extremes(SignedBits(-0x7fffffff - 1), Bits(0u), Bits(0xffffffffu));

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
    let wanted = wanted_factor(lanes);
    is_scaled = all(wanted == factor);
    factor = wanted;
  }
  store_lanes(invocation.x, lanes);
}

// Zeros are the same at any scale.
fn wanted_factor(lanes: Lanes) -> Float {
  let largest = max(magnitude(lowest_of(lanes.extremes)), magnitude(highest_of(lanes.extremes)));
  let has_scale = (lanes.finite > Float(0.0)) & (largest > Bits(0u));
  return select(Float(1.0), factors_of(scales_of(largest)), has_scale);
}

fn statistics_of(invocation: u32, factor: Float) -> Lanes {
  var lanes = Lanes();
  lanes.extremes = NO_EXTREMES;
  let stride = geometry.loop_stride;
  let segment = invocation / stride;
  let end = min(end_of_vectors(), (segment + 1u) * geometry.span);
  // Plain blocks are not scaled.
  let whole = select(0u, min(end, geometry.count / LANES), all(factor == Float(1.0)));
  var i = segment * geometry.span + invocation % stride;
  // The first element takes the place of a mean, where all lanes have one.
  careful = false;
  let first = forward(load_x(i));
  var has_mean = all(magnitude(first) < Bits(INFINITY));
  lanes.mean = select(Float(0.0), first, Flags(has_mean && whole > 0u));
  var short_end = i;
  loop {
    careful = false;
    any_needs_exact = false;
    while (has_mean && i + (SHORT_BLOCK - 1u) * stride < whole) {
      let has_many = all(lanes.finite >= Float(f32(SHORT_BLOCK)));
      let is_long = i >= short_end && has_many && i + (LONG_BLOCK - 1u) * stride < whole;
      let vectors = select(SHORT_BLOCK, LONG_BLOCK, is_long);
      let block_end = i + vectors * stride;
      var block = empty_block(lanes.mean);
      for (var at = i; at < block_end; at += 4u * stride) {
        let first = plain(at, &block);
        let second = plain(at + stride, &block);
        let third = plain(at + 2u * stride, &block);
        let fourth = plain(at + 3u * stride, &block);
        block.sum += (first + second) + (third + fourth);
        block.squares += (first * first + second * second) + (third * third + fourth * fourth);
      }
      // The words of -Infinity and of NaN with a sign are the largest.
      let is_finite = (block.extremes.signed < SignedBits(0x7f800000)) & (block.extremes.largest < Bits(SIGN | INFINITY));
      if (any_needs_exact || !all(is_finite)) {
        break;
      }
      block.finite = Float(f32(vectors));
      lanes.count += Bits(vectors);
      let from_mean = block.sum * select(1.0 / f32(SHORT_BLOCK), 1.0 / f32(LONG_BLOCK), is_long);
      join_block(&lanes, block, from_mean, from_mean);
      i = block_end;
    }
    if (i >= end) {
      break;
    }
    let block = masked_block(i, end, factor, &lanes);
    let from_shift = block.sum / max(block.finite, Float(1.0));
    join_block(&lanes, block, from_shift, (block.shift - lanes.mean) + from_shift);
    i += SHORT_BLOCK * stride;
    has_mean = has_mean || all(lanes.finite > Float(0.0));
    short_end = i + LONG_BLOCK * stride;
  }
  return lanes;
}

fn empty_block(shift: Float) -> Block {
  return Block(Float(0.0), Float(0.0), shift, Float(0.0), Tallies(Bits(0u), Bits(0u), Bits(0u)), NO_EXTREMES);
}

fn plain(i: u32, block: ptr<function, Block>) -> Float {
  vector_index = i;
  let x = load_x(i);
  let y = forward(x);
  // WGSL without `unrestricted_pointer_parameters` takes no pointer to a member: naga 29 panics at one.
  var tallies = (*block).tallies;
  tally(x, y, Bits(1u), &tallies);
  (*block).tallies = tallies;
  (*block).extremes = joined_extremes((*block).extremes, Extremes(bitcast<SignedBits>(y), bitcast<Bits>(y), bitcast<Bits>(y)));
  return y - (*block).shift;
}

fn masked_block(first: u32, end: u32, factor: Float, lanes: ptr<function, Lanes>) -> Block {
  var block = empty_block((*lanes).mean);
  let block_end = min(end, first + SHORT_BLOCK * geometry.loop_stride);
  for (var i = first; i < block_end; i += geometry.loop_stride) {
    vector_index = i;
    let x = load_x(i);
    let one = select(Bits(0u), Bits(1u), within(i));
    // Tint (Dawn of 2026) leaves the value of the turn before to a struct without an initializer.
    var tallies = Tallies();
    any_needs_exact = false;
    var y = forward(x);
    tally(x, y, one, &tallies);
    while (any_needs_exact) {
      careful = true;
      y = forward(x);
      tallies = Tallies();
      tally(x, y, one, &tallies);
      careful = false;
      any_needs_exact = false;
    }
    block.tallies.results += tallies.results;
    block.tallies.gradients += tallies.gradients;
    block.tallies.open += tallies.open;
    let size = magnitude(y);
    let is_finite = within(i) & (size < Bits(INFINITY));
    (*lanes).count += one;
    (*lanes).nans += select(Bits(0u), one, size > Bits(INFINITY));
    (*lanes).infinities += select(Bits(0u), one, size == Bits(INFINITY));
    let bits = bitcast<Bits>(y);
    let both = joined_extremes(block.extremes, Extremes(bitcast<SignedBits>(y), bits, bits));
    block.extremes.signed = select(block.extremes.signed, both.signed, is_finite);
    block.extremes.largest = select(block.extremes.largest, both.largest, is_finite);
    block.extremes.smallest = select(block.extremes.smallest, both.smallest, is_finite);
    // The first finite element of a lane takes the place of the mean of the blocks before.
    let scaled = y * factor;
    let is_first = is_finite & ((*lanes).finite + block.finite == Float(0.0));
    block.shift = select(block.shift, scaled, is_first);
    let difference = select(Float(0.0), scaled - block.shift, is_finite);
    block.sum += difference;
    block.squares += difference * difference;
    block.finite += select(Float(0.0), Float(1.0), is_finite);
  }
  return block;
}

// Adds to the tallies what is one, or 0 for no element, for each lane.
fn tally(x: Float, y: Float, one: Bits, tallies: ptr<function, Tallies>) {
  (*tallies).results += min(something(y), one);
  if (COUNTS_GRADIENTS) {
    (*tallies).gradients += min(something(backward(x, Float(1.0))), one);
  }
  if (COUNTS_OPEN) {
    (*tallies).open += select(Bits(0u), one, is_open(x));
  }
}

// 0 where is_nothing, and else more: an integer, because SwiftShader takes several instructions for a select.
fn something(x: Float) -> Bits {
  return magnitude(x) >> Bits(firstLeadingBit(ZERO_BELOW));
}

fn joined_extremes(a: Extremes, b: Extremes) -> Extremes {
  return Extremes(max(a.signed, b.signed), max(a.largest, b.largest), min(a.smallest, b.smallest));
}

// The order of words with a sign is that of their magnitudes.
fn lowest_of(extremes: Extremes) -> Float {
  return bitcast<Float>(select(extremes.smallest, extremes.largest, extremes.largest >= Bits(SIGN)));
}

fn highest_of(extremes: Extremes) -> Float {
  return bitcast<Float>(select(bitcast<Bits>(extremes.signed), extremes.smallest, extremes.smallest >= Bits(SIGN)));
}

// Takes the mean of the block as its differences to the block's shift, and to the mean so far.
fn join_block(lanes: ptr<function, Lanes>, block: Block, from_shift: Float, from_mean: Float) {
  (*lanes).tallies.results += block.tallies.results;
  (*lanes).tallies.gradients += block.tallies.gradients;
  (*lanes).tallies.open += block.tallies.open;
  (*lanes).extremes = joined_extremes((*lanes).extremes, block.extremes);
  let before = (*lanes).finite;
  let all = before + block.finite;
  let own = max(block.squares - block.sum * from_shift, Float(0.0));
  let difference = from_mean - (*lanes).mean_rest;
  let step = difference * (block.finite / max(all, Float(1.0)));
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
  let results = lanes.tallies.results;
  let open = select(select(results, lanes.tallies.gradients, COUNTS_GRADIENTS), lanes.tallies.open, COUNTS_OPEN);
  careful = true;
  let is_blocked = is_nothing(slope_where_shut());
  let gradients = select(select(lanes.count, open, is_blocked), lanes.tallies.gradients, COUNTS_GRADIENTS);
  let is_empty = lanes.finite == Float(0.0);
  store_row(0u, invocation, lanes.count);
  store_row(1u, invocation, lanes.count - results);
  store_row(2u, invocation, lanes.count - gradients);
  store_row(3u, invocation, lanes.count - open);
  store_row(4u, invocation, lanes.nans);
  store_row(5u, invocation, lanes.infinities);
  store_row(6u, invocation, select(sortable(lowest_of(lanes.extremes)), Bits(0xffffffffu), is_empty));
  store_row(7u, invocation, select(sortable(highest_of(lanes.extremes)), Bits(0u), is_empty));
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
