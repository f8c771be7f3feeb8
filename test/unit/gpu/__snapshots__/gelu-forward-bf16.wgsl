// gelu forward bf16 vectors x:elements@0r y:elements@1w
const WORKGROUP_SIZE = 256u;
alias Float = vec4<f32>;
alias Bits = vec4<u32>;
alias SignedBits = vec4<i32>;
alias Flags = vec4<bool>;
const LANES = 4u;
alias Words = vec2<u32>;

fn unpack(words: Words) -> Float {
  let upper = words & Words(0xffff0000u);
  return bitcast<Float>(Bits(words.x << 16u, upper.x, words.y << 16u, upper.y));
}

fn pack(elements: Float) -> Words {
  let bits = bitcast<Bits>(elements);
  let rounded = bits + Bits(0x7fffu) + ((bits >> Bits(16u)) & Bits(1u));
  let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u));
  let holds_nan = bitcast<SignedBits>(bits & Bits(0x7fffffffu)) > SignedBits(0x7f800000);
  let upper = select(rounded, nan, holds_nan);
  return (upper.xz >> Words(16u)) | (upper.yw & Words(0xffff0000u));
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
const MAGNITUDE = 0x7fffffffu;
const SIGN = 0x80000000u;

fn is_nan(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) | Bits(SIGN)) > SignedBits(-0x00800000);
}

fn magnitude(x: Float) -> Bits {
  return bitcast<Bits>(x) & Bits(MAGNITUDE);
}

fn positive_part(x: Float) -> Float {
  return bitcast<Float>(max(bitcast<SignedBits>(x), SignedBits(0)));
}

fn bounded_magnitude(x: Float, bound: f32) -> Float {
  return bitcast<Float>(min(magnitude(x), Bits(bitcast<u32>(bound))));
}

struct Exponential {
  fraction: Float,
  exponent: Float,
}

const LOG2_E = 1.44269504088896341;
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440054690583e-4;

fn exponential_of_sum(high: Float, low: Float) -> Exponential {
  let exponent = round((high + low) * LOG2_E);
  return Exponential(exponential_near_zero(remainder(high, exponent, LN2_HIGH, LN2_LOW) + low), exponent);
}

fn remainder(x: Float, exponent: Float, high: f32, low: f32) -> Float {
  let same_exponent = bitcast<Float>(bitcast<Bits>(exponent) & Bits(0xffff0000u));
  return (x - exponent * high) - same_exponent * low;
}

fn leading_bits(x: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(x) & Bits(0xfffff000u));
}

fn exponential_near_zero(r: Float) -> Float {
  let r2 = r * r;
  let q = (0.49999997 + 0.16666542 * r) + r2 * ((0.04166743 + 0.0083668735 * r) + 0.0013871858 * r2);
  return r + r2 * q;
}

fn power_of_two(n: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(n + 12583039.0) << Bits(23u));
}

fn times_normal_tail(t: Float) -> Float {
  let product = t + t * t * tail_slope(t);
  return product / tail_denominator(t, product);
}

fn tail_slope(t: Float) -> Float {
  return (0.89097154 + 0.37723148 * t) + t * t * (0.0849225 + 0.008782488 * t);
}

fn tail_denominator(t: Float, product: Float) -> Float {
  let t2 = t * t;
  let slope = (1.3777133 + 0.66753143 * t) + t2 * ((0.21290681 + 0.04303275 * t) + 0.0044493177 * t2);
  return (2.0 * product + t * slope) + 2.0;
}

const HALVED = 0x32800000;

fn decay_of(t: Float) -> Exponential {
  let high = leading_bits(t);
  return exponential_of_sum(-0.5 * (high * high), -0.5 * ((t + high) * (t - high)));
}

fn forward(x: Float) -> Float {
  let t = bounded_magnitude(x, 13.27);
  let tail = times_normal_tail(t);
  let decay = decay_of(t);
  let product = (tail + tail * decay.fraction) * power_of_two(decay.exponent);
  return select(select(positive_part(x) - product, 0.5 * x, bitcast<SignedBits>(magnitude(x)) < SignedBits(HALVED)), x, is_nan(x));
}

fn finish(invocation: u32) {  }

@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(@builtin(global_invocation_id) invocation: vec3<u32>) {
  if (invocation.x >= geometry.invocations) {
    return;
  }
  find_starts();
  let start = invocation.x * geometry.invocation_stride;
  let end = min(end_of_vectors(), start + geometry.span);
  let stride = geometry.loop_stride;
  for (var i = start; i < end; i += stride) {
    store(i, result(i));
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
