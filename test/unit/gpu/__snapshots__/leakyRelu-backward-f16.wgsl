// leakyRelu backward f16 vectors x:elements@0r dy:elements@1r dx:elements@2w
const WORKGROUP_SIZE = 256u;
alias Float = vec4<f32>;
alias Bits = vec4<u32>;
alias SignedBits = vec4<i32>;
alias Flags = vec4<bool>;
const LANES = 4u;

fn first_lane(x: Bits) -> u32 {
  return x.x;
}

fn rotated(x: Bits, last: u32) -> Bits {
  return Bits(x.yzw, last);
}

alias Words = vec2<u32>;

fn unpack(words: Words) -> Float {
  let halves = Bits(words.x << 16u, words.x, words.y << 16u, words.y);
  let absolute = bitcast<SignedBits>((halves >> Bits(3u)) & Bits(0x0fffe000u));
  let rebias = select(SignedBits(0x38000000), SignedBits(0x70000000), absolute >= SignedBits(0x0f800000));
  let subnormal = bitcast<SignedBits>(Float(absolute) * 0x1p-37f);
  let bits = select(absolute + rebias, subnormal, absolute < SignedBits(0x00800000));
  return bitcast<Float>(bitcast<Bits>(bits) | (halves & Bits(0x80000000u)));
}

fn pack(elements: Float) -> Words {
  let bits = bitcast<Bits>(elements);
  let absolute = bitcast<SignedBits>(bits & Bits(0x7fffffffu));
  let bounded = min(absolute, SignedBits(0x477ff000));
  let is_odd = (bounded >> Bits(13u)) & SignedBits(1);
  let normal = (bounded - SignedBits(0x37fff001) + is_odd) >> Bits(13u);
  let subnormal = bitcast<SignedBits>(bitcast<Float>(absolute) + 0.5) - SignedBits(0x3f000000);
  let number = select(normal, subnormal, absolute < SignedBits(0x38800000));
  let payload = (absolute >> Bits(13u)) & SignedBits(0x3ff);
  let nan = select(payload, SignedBits(0x200), payload == SignedBits(0)) | SignedBits(0x7c00);
  let half = bitcast<Bits>(select(number, nan, absolute > SignedBits(0x7f800000))) | ((bits >> Bits(16u)) & Bits(0x8000u));
  return half.xz | (half.yw << Words(16u));
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

@group(0) @binding(0) var<uniform> parameters: vec4<f32>;
@group(0) @binding(1) var<uniform> geometry: Geometry;

fn vector_count() -> u32 {
  return (geometry.count + LANES - 1u) / LANES;
}

@group(0) @binding(2) var<storage, read> array_0: array<Words>;
@group(0) @binding(3) var<storage, read> array_1: array<Words>;
@group(0) @binding(4) var<storage, read_write> array_2: array<Words>;
var<private> start_0: u32;
var<private> start_1: u32;
var<private> start_2: u32;
fn find_starts() { start_0 = geometry.starts[0][0]; start_1 = geometry.starts[0][1]; start_2 = geometry.starts[0][2]; }

fn fetch_x(i: u32) -> Float {
  return unpack(array_0[start_0 + i]);
}

fn load_x(i: u32) -> Float {
  return fetch_x(i);
}

fn fetch_dy(i: u32) -> Float {
  return unpack(array_1[start_1 + i]);
}

fn load_dy(i: u32) -> Float {
  return fetch_dy(i);
}

fn write_dx(i: u32, elements: Float) {
  array_2[start_2 + i] = pack(elements);
}

fn store_dx(i: u32, elements: Float) { write_dx(i, elements); }
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

fn scale(a: f32, largest_needing_exact: f32, b: Float) -> Float {
  return settle(a * b, Float(a), b, needs_exact_scaled(largest_needing_exact, b), false);
}

fn needs_exact_scaled(largest_needing_exact: f32, b: Float) -> Flags {
  let size = bitcast<SignedBits>(magnitude(b));
  let is_tiny = (size > SignedBits(0)) & (size <= SignedBits(bitcast<i32>(largest_needing_exact)));
  return is_tiny | (size >= SignedBits(0x7f800000));
}

fn settle(product: Float, a: Float, b: Float, needs_exact: Flags, goes_to_limit: bool) -> Float {
  if (careful) {
    return multiply_lanes(product, a, b, needs_exact, goes_to_limit);
  }
  any_needs_exact = any_needs_exact || any(needs_exact);
  return product;
}

fn multiply_lanes(product: Float, a: Float, b: Float, needs_exact: Flags, goes_to_limit: bool) -> Float {
  var settled = bitcast<Bits>(product);
  var words_a = bitcast<Bits>(a);
  var words_b = bitcast<Bits>(b);
  var needed = select(Bits(0u), Bits(1u), needs_exact);
  for (var lane = 0u; lane < LANES; lane++) {
    let exact = multiply_words(first_lane(words_a), first_lane(words_b), goes_to_limit);
    settled = rotated(settled, select(first_lane(settled), exact, first_lane(needed) != 0u));
    words_a = rotated(words_a, 0u);
    words_b = rotated(words_b, 0u);
    needed = rotated(needed, 0u);
  }
  return bitcast<Float>(settled);
}

fn multiply_words(word_a: u32, word_b: u32, goes_to_limit: bool) -> u32 {
  let magnitude_a = word_a & MAGNITUDE;
  let magnitude_b = word_b & MAGNITUDE;
  let sign = (word_a ^ word_b) & SIGN;
  let scaled_a = times_2_to_149(magnitude_a);
  let scaled_b = times_2_to_149(magnitude_b);
  let significand_a = (scaled_a & 0x007fffffu) | SMALLEST_NORMAL;
  let significand_b = (scaled_b & 0x007fffffu) | SMALLEST_NORMAL;
  let low = significand_a * (significand_b & 0xffu);
  let middle = significand_a * ((significand_b >> 8u) & 0xffu) + (low >> 8u);
  let high = significand_a * (significand_b >> 16u) + (middle >> 8u);
  let top = (high >> 1u) | select(0u, 1u, ((high & 1u) | ((middle | low) & 0xffu)) != 0u);
  let exponent = (scaled_a >> 23u) + (scaled_b >> 23u);
  let place = max(exponent + select(6u, 7u, top >= 0x40000000u), 432u);
  let shift = min(place - exponent, 31u);
  let is_odd = (top >> shift) & 1u;
  let rounded = (top + (1u << (shift - 1u)) - 1u + is_odd) >> shift;
  let finite = select(min(rounded + ((place - 432u) << 23u), INFINITY), 0u, place - exponent > 31u);
  let by_infinity = max(magnitude_a, magnitude_b) == INFINITY;
  let by_zero = min(magnitude_a, magnitude_b) == 0u;
  let number = sign | select(finite, INFINITY, by_infinity);
  let made = select(number, select(QUIET_NAN, sign, goes_to_limit), by_infinity & by_zero);
  return select(made, word_b, magnitude_b > INFINITY);
}

fn times_2_to_149(size: u32) -> u32 {
  return select(size + (149u << 23u), bitcast<u32>(f32(size)), size < SMALLEST_NORMAL);
}

fn backward(x: Float, dy: Float) -> Float {
  return through_gate(is_open(x), dy);
}

fn is_open(x: Float) -> Flags {
  return is_positive(x);
}

fn through_gate(open: Flags, dy: Float) -> Float {
  return select(scale(parameters.x, parameters.y, dy), dy, open);
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
  return backward(load_x(i), load_dy(i));
}

fn store(i: u32, elements: Float) {
  store_dx(i, elements);
}
