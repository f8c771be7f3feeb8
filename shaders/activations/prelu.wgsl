// prelu(x) = x > 0 ? x : a * x, with the slope a of the channel that the element belongs to
// NaN passes with its payload. With a = 0, -Infinity goes to the limit, 0, where 0 * -Infinity would make NaN.
@group(1) @binding(0) var<storage, read> slopes: array<u32>;
// The number of consecutive elements of a channel; the channel of the first element; the index of that element in its
// channel.
@group(1) @binding(1) var<uniform> placement: vec4<u32>;

fn forward(x: Float) -> Float {
  return select(scale_lanes_to_limit(slope_of_lanes(), x), x, is_positive(x));
}

// dx = dy where x > 0, else a * dy, at 0 and at NaN too.
fn backward(x: Float, dy: Float) -> Float {
  return through_gate(is_open(x), dy);
}

fn is_open(x: Float) -> Flags {
  return is_positive(x);
}

fn through_gate(open: Flags, dy: Float) -> Float {
  return select(scale_lanes(slope_of_lanes(), dy), dy, open);
}

// For slopes >= 0, so that y > 0 exactly where x > 0.
fn backward_from_y(y: Float, dy: Float) -> Float {
  return backward(y, dy);
}

// Two divisions find the channel of the first lane; increments find those of the others.
fn slope_of_lanes() -> Float {
  let inner = placement.x;
  let place = placement.z + vector_index * LANES;
  let run = place / inner;
  let first = vec2((placement.y + run) % slope_count(), place - run * inner);
  let second = next_place(first);
  let third = next_place(second);
  let fourth = next_place(third);
  return bitcast<Float>(Bits(slope_at(first.x), slope_at(second.x), slope_at(third.x), slope_at(fourth.x)));
}

// The channel of the next element, and the index of that element in its channel.
fn next_place(at: vec2<u32>) -> vec2<u32> {
  let ends = at.y + 1u == placement.x;
  let channel = select(at.x, at.x + 1u, ends);
  return vec2(select(channel, 0u, channel == slope_count()), select(at.y + 1u, 0u, ends));
}

fn slope_count() -> u32 {
  return arrayLength(&slopes);
}

fn slope_at(channel: u32) -> u32 {
  return slopes[channel];
}
