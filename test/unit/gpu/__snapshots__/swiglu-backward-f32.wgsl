// swiglu glu-backward f32 vectors gate:elements@0r up:elements@1r dy:elements@2r dGate:elements@3w dUp:elements@4w
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
@group(0) @binding(3) var<storage, read> array_1: array<Words>;
@group(0) @binding(4) var<storage, read> array_2: array<Words>;
@group(0) @binding(5) var<storage, read_write> array_3: array<Words>;
@group(0) @binding(6) var<storage, read_write> array_4: array<Words>;
var<private> start_0: u32;
var<private> start_1: u32;
var<private> start_2: u32;
var<private> start_3: u32;
var<private> start_4: u32;
fn find_starts() { start_0 = geometry.starts[0][0]; start_1 = geometry.starts[0][1]; start_2 = geometry.starts[0][2]; start_3 = geometry.starts[0][3]; start_4 = geometry.starts[1][0]; }

fn fetch_gate(i: u32) -> Float {
  return unpack(array_0[start_0 + i]);
}

fn load_gate(i: u32) -> Float {
  return fetch_gate(i);
}

fn fetch_up(i: u32) -> Float {
  return unpack(array_1[start_1 + i]);
}

fn load_up(i: u32) -> Float {
  return fetch_up(i);
}

fn fetch_dy(i: u32) -> Float {
  return unpack(array_2[start_2 + i]);
}

fn load_dy(i: u32) -> Float {
  return fetch_dy(i);
}

fn write_dGate(i: u32, elements: Float) {
  array_3[start_3 + i] = pack(elements);
}

fn store_dGate(i: u32, elements: Float) { write_dGate(i, elements); }

fn write_dUp(i: u32, elements: Float) {
  array_4[start_4 + i] = pack(elements);
}

fn store_dUp(i: u32, elements: Float) { write_dUp(i, elements); }
var<private> careful: bool;
var<private> any_needs_exact: bool;
var<private> vector_index: u32;
const MAGNITUDE = 0x7fffffffu;
const SIGN = 0x80000000u;
const INFINITY = 0x7f800000u;
const QUIET_NAN = 0x7fc00000u;
const SMALLEST_NORMAL = 0x00800000u;

fn is_nan(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) | Bits(SIGN)) > SignedBits(-0x00800000);
}

fn magnitude(x: Float) -> Bits {
  return bitcast<Bits>(x) & Bits(MAGNITUDE);
}

fn bounded_magnitude(x: Float, bound: f32) -> Float {
  return bitcast<Float>(min(magnitude(x), Bits(bitcast<u32>(bound))));
}

fn bounded_below(x: Float, bound: f32) -> Float {
  return bitcast<Float>(min(bitcast<Bits>(x), Bits(bitcast<u32>(bound))));
}

fn bounded_above(x: Float, bound: f32) -> Float {
  return bitcast<Float>(min(bitcast<SignedBits>(x), SignedBits(bitcast<i32>(bound))));
}

struct Exponential {
  fraction: Float,
  exponent: Float,
}

const LOG2_E = 1.44269504088896341;
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440054690583e-4;

fn exponential(x: Float) -> Exponential {
  let exponent = round(x * LOG2_E);
  return Exponential(exponential_near_zero(remainder(x, exponent, LN2_HIGH, LN2_LOW)), exponent);
}

fn remainder(x: Float, exponent: Float, high: f32, low: f32) -> Float {
  let same_exponent = bitcast<Float>(bitcast<Bits>(exponent) & Bits(0xffff0000u));
  return (x - exponent * high) - same_exponent * low;
}

fn exponential_near_zero(r: Float) -> Float {
  let r2 = r * r;
  let q = (0.49999997 + 0.16666542 * r) + r2 * ((0.04166743 + 0.0083668735 * r) + 0.0013871858 * r2);
  return r + r2 * q;
}

fn power_of_two(n: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(n + 12583039.0) << Bits(23u));
}

struct Power {
  first: Float,
  rest: Float,
}

fn power(n: Float) -> Power {
  let held = bounded_below(n, -120.0);
  return Power(power_of_two(held), power_of_two(n - held));
}

fn over_one_plus(factor: Float, growth: Exponential) -> Float {
  let is_large = growth.exponent > Float(60.0);
  let one = select(Float(1.0), Float(0x1p-96), is_large);
  let scale = power_of_two(growth.exponent + select(Float(0.0), Float(-96.0), is_large));
  return factor / ((1.0 + growth.fraction) * scale + one) * one;
}

fn times_swish_derivative(dy: Float, relief: Float, decay: Exponential, is_below_zero: Flags) -> Float {
  let scale = power(decay.exponent);
  let e = (1.0 + decay.fraction) * scale.first;
  let divisor = 1.0 + e;
  let numerator = select(divisor + relief * e, (divisor + relief) * e, is_below_zero);
  return dy * (numerator / (divisor * divisor)) * select(Float(1.0), scale.rest, is_below_zero);
}

fn forward(x: Float) -> Float {
  let bounded = bounded_below(x, -110.0);
  return select(over_one_plus(bounded, exponential(-bounded_above(bounded, 60.0))), x, is_nan(x));
}

fn backward(x: Float, dy: Float) -> Float {
  let decay = exponential(-bounded_magnitude(x, 171.2));
  let bounded = bounded_above(bounded_below(x, -171.2), 171.2);
  return select(times_swish_derivative(dy, bounded, decay, x < Float(0.0)), x, is_nan(x));
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

const LEAST_GRADIENT = 0x0f800000u;
const LARGEST_GRADIENT = 0x6f800000u;

fn glu_forward(gate: Float, factor: Float) -> Float {
  let value = forward(gate);
  let product = value * factor;
  let needs_exact = needs_exact_glu(value, factor, product, SMALLEST_NORMAL, INFINITY);
  return settle(product, value, factor, needs_exact, false);
}

fn gate_gradient(gate: Float, up: Float, dy: Float) -> Float {
  let product = dy * up;
  let needs_exact = needs_exact_glu(dy, up, product, LEAST_GRADIENT, LARGEST_GRADIENT);
  if (careful) {
    let exponent = exponent_of(dy) + exponent_of(up);
    let held = min(max(exponent, Bits(456u)), Bits(648u));
    let rest = exponent + Bits(254u) - held;
    let upstream = significand_of(dy) * significand_of(up) * bitcast<Float>((held - Bits(425u)) << Bits(23u));
    let gradient = backward(gate, select(product, upstream, needs_exact));
    return select(gradient, times_power(gradient, rest), needs_exact);
  }
  any_needs_exact = any_needs_exact || any(needs_exact);
  return backward(gate, product);
}

fn needs_exact_glu(a: Float, b: Float, product: Float, least: u32, end: u32) -> Flags {
  return is_outside(product, least, end) & !(is_outside(a, 1u, INFINITY) | is_outside(b, 1u, INFINITY));
}

fn is_outside(x: Float, least: u32, end: u32) -> Flags {
  return (magnitude(x) - Bits(least)) >= Bits(end - least);
}

fn significand_of(x: Float) -> Float {
  return bitcast<Float>((bitcast<Bits>(x) & Bits(SIGN)) | (scaled_bits(x) & Bits(0x007fffffu)) | Bits(0x3f800000u));
}

fn exponent_of(x: Float) -> Bits {
  return scaled_bits(x) >> Bits(23u);
}

fn scaled_bits(x: Float) -> Bits {
  return select(magnitude(x) + Bits(149u << 23u), bitcast<Bits>(Float(magnitude(x))), magnitude(x) < Bits(SMALLEST_NORMAL));
}

fn times_power(x: Float, exponent: Bits) -> Float {
  let half = exponent >> Bits(1u);
  return x * bitcast<Float>(half << Bits(23u)) * bitcast<Float>((exponent - half) << Bits(23u));
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

var<private> up_gradient: Float;

fn result(i: u32) -> Float {
  let gate = load_gate(i);
  let dy = load_dy(i);
  up_gradient = glu_forward(gate, dy);
  return gate_gradient(gate, load_up(i), dy);
}

fn store(i: u32, elements: Float) {
  store_dGate(i, elements);
  store_dUp(i, up_gradient);
}
