// prelu forward f32 vectors x:elements@0r y:elements@1w
const WORKGROUP_SIZE = 256u;
alias Float = vec4<f32>;
alias Bits = vec4<u32>;
alias SignedBits = vec4<i32>;
alias Flags = vec4<bool>;
const LANES = 4u;
alias Words = vec4<u32>;

fn unpack(words: Words) -> Float {
  return bitcast<Float>(words);
}

fn pack(elements: Float) -> Words {
  return bitcast<Words>(elements);
}

struct Geometry {
  count: u32,
  invocations: u32,
  columns: u32,
  column: u32,
  invocation_stride: u32,
  loop_stride: u32,
  span: u32,
  starts: array<vec4<u32>, 3>,
}

@group(0) @binding(1) var<uniform> geometry: Geometry;

fn vector_count() -> u32 {
  return (geometry.count + LANES - 1u) / LANES;
}

@group(0) @binding(2) var<storage, read> array_0: array<Words>;
@group(0) @binding(3) var<storage, read_write> array_1: array<Words>;
var<private> start_0: u32;
var<private> start_1: u32;
fn find_starts() { start_0 = geometry.starts[0][0]; start_1 = geometry.starts[0][1]; }

fn fetch_x(i: u32) -> Float {
  return unpack(array_0[start_0 + i]);
}

fn load_x(i: u32) -> Float {
  return fetch_x(i);
}

fn write_y(i: u32, elements: Float) {
  array_1[start_1 + i] = pack(elements);
}

fn store_y(i: u32, elements: Float) { write_y(i, elements); }
var<private> careful: bool;
var<private> any_needs_exact: bool;
var<private> vector_index: u32;
const MAGNITUDE = 0x7fffffffu;
const SIGN = 0x80000000u;
const INFINITY = 0x7f800000u;
const QUIET_NAN = 0x7fc00000u;
const SMALLEST_NORMAL = 0x00800000u;

fn is_positive(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) + Bits(0x007fffffu)) > SignedBits(0x007fffff);
}

fn magnitude(x: Float) -> Bits {
  return bitcast<Bits>(x) & Bits(MAGNITUDE);
}

fn scale_lanes_to_limit(a: Float, b: Float) -> Float {
  return settle(a * b, a, b, needs_exact_product(a, b), true);
}

fn needs_exact_product(a: Float, b: Float) -> Flags {
  let least = select(Bits(SMALLEST_NORMAL), Bits(0u), (bitcast<Bits>(a) << Bits(1u)) == Bits(0u));
  let is_outside = (magnitude(a * b) - least) > (Bits(INFINITY) - least);
  return is_outside & ((bitcast<Bits>(b) << Bits(1u)) != Bits(0u));
}

fn settle(product: Float, a: Float, b: Float, needs_exact: Flags, goes_to_limit: bool) -> Float {
  if (careful) {
    return select(product, multiply_bits(a, b, goes_to_limit), needs_exact);
  }
  any_needs_exact = any_needs_exact || any(needs_exact);
  return product;
}

fn multiply_bits(a: Float, b: Float, goes_to_limit: bool) -> Float {
  let word_a = bitcast<Bits>(a);
  let word_b = bitcast<Bits>(b);
  let magnitude_a = word_a & Bits(MAGNITUDE);
  let magnitude_b = word_b & Bits(MAGNITUDE);
  let sign = (word_a ^ word_b) & Bits(SIGN);
  let shift_a = select(Bits(0u), countLeadingZeros(magnitude_a) - Bits(8u), magnitude_a < Bits(SMALLEST_NORMAL));
  let shift_b = select(Bits(0u), countLeadingZeros(magnitude_b) - Bits(8u), magnitude_b < Bits(SMALLEST_NORMAL));
  let significand_a = select((magnitude_a & Bits(0x007fffffu)) | Bits(SMALLEST_NORMAL), magnitude_a << shift_a, shift_a > Bits(0u));
  let significand_b = select((magnitude_b & Bits(0x007fffffu)) | Bits(SMALLEST_NORMAL), magnitude_b << shift_b, shift_b > Bits(0u));
  let exponent = max(magnitude_a >> Bits(23u), Bits(1u)) + max(magnitude_b >> Bits(23u), Bits(1u)) + Bits(64u) - shift_a - shift_b;
  let a_high = significand_a >> Bits(12u);
  let a_low = significand_a & Bits(0xfffu);
  let b_high = significand_b >> Bits(12u);
  let b_low = significand_b & Bits(0xfffu);
  let middle = a_low * b_high + a_high * b_low;
  let low_sum = a_low * b_low + ((middle & Bits(0xfffu)) << Bits(12u));
  let low = low_sum & Bits(0xffffffu);
  let high = a_high * b_high + (middle >> Bits(12u)) + (low_sum >> Bits(24u));
  let top = (high << Bits(7u)) | (low >> Bits(17u)) | select(Bits(0u), Bits(1u), (low & Bits(0x1ffffu)) > Bits(0u));
  let normal_place = exponent + select(Bits(23u), Bits(24u), high >= Bits(SMALLEST_NORMAL));
  let place = max(normal_place, Bits(215u));
  let shift = place - exponent - Bits(17u);
  let bounded_shift = min(shift, Bits(31u));
  let quotient = top >> bounded_shift;
  let remainder = top & ((Bits(1u) << bounded_shift) - Bits(1u));
  let half = Bits(1u) << (bounded_shift - Bits(1u));
  let round_up = (remainder > half) | ((remainder == half) & ((quotient & Bits(1u)) == Bits(1u)));
  let rounded = select(quotient, quotient + Bits(1u), round_up) + ((place - Bits(215u)) << Bits(23u));
  let finite = select(rounded, Bits(0u), shift > Bits(31u));
  let by_infinity = max(magnitude_a, magnitude_b) == Bits(INFINITY);
  let by_zero = min(magnitude_a, magnitude_b) == Bits(0u);
  var bits = sign | select(finite, Bits(INFINITY), by_infinity);
  bits = select(bits, select(Bits(QUIET_NAN), sign, goes_to_limit), by_infinity & by_zero);
  bits = select(bits, word_b, magnitude_b > Bits(INFINITY));
  return bitcast<Float>(bits);
}

@group(1) @binding(0) var<storage, read> slopes: array<u32>;
@group(1) @binding(1) var<uniform> placement: vec4<u32>;

fn forward(x: Float) -> Float {
  return select(scale_lanes_to_limit(slope_of_lanes(), x), x, is_positive(x));
}

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

fn finish(invocation: u32) {  }

@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(@builtin(global_invocation_id) invocation: vec3<u32>) {
  if (invocation.x >= geometry.invocations) {
    return;
  }
  find_starts();
  var i = invocation.x * geometry.invocation_stride;
  let end = min(end_of_vectors(), i + geometry.span);
  let stride = geometry.loop_stride;
  loop {
    careful = false;
    any_needs_exact = false;
    while (i < end) {
      vector_index = i;
      let plain = result(i);
      if (any_needs_exact) {
        break;
      }
      store(i, plain);
      i += stride;
    }
    if (!any_needs_exact) {
      break;
    }
    careful = true;
    store(i, result(i));
    i += stride;
  }
  finish(invocation.x);
}

fn end_of_vectors() -> u32 {
  return min(vector_count(), arrayLength(&array_0));
}

fn result(i: u32) -> Float {
  return forward(load_x(i));
}

fn store(i: u32, elements: Float) {
  store_y(i, elements);
}
