// relu forward-masked f32 vectors x:elements@0r y:elements@1w mask:mask@2w
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

fn within(i: u32) -> Flags {
  return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count);
}

@group(0) @binding(2) var<storage, read> array_0: array<Words>;
@group(0) @binding(3) var<storage, read_write> array_1: array<Words>;
@group(0) @binding(4) var<storage, read_write> array_2: array<u32>;
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

fn write_y(i: u32, elements: Float) {
  array_1[start_1 + i] = pack(elements);
}

fn store_y(i: u32, elements: Float) { write_y(i, elements); }

fn write_mask(block: u32, bits: u32) {
  array_2[start_2 + block] = bits;
}

fn is_negative(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) - Bits(1u)) < SignedBits(-0x00800000);
}

fn forward(x: Float) -> Float {
  return select(x, Float(0.0), is_negative(x));
}

fn is_open(x: Float) -> Flags {
  let word = bitcast<SignedBits>(x);
  return (word > SignedBits(-0x00800000)) & (word != SignedBits(0));
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

const VECTORS_PER_MASK_WORD = 8u;
var<private> open: Flags;
var<private> mask_word: u32;

fn result(i: u32) -> Float {
  let x = load_x(i);
  open = is_open(x) & within(i);
  return forward(x);
}

fn store(i: u32, elements: Float) {
  store_y(i, elements);
  let place = i % VECTORS_PER_MASK_WORD;
  mask_word |= dot(select(Bits(0u), Bits(1u, 2u, 4u, 8u), open), Bits(1u)) << (place * LANES);
  if (place == VECTORS_PER_MASK_WORD - 1u || i + 1u == vector_count()) {
    write_mask(i / VECTORS_PER_MASK_WORD, mask_word);
    mask_word = 0u;
  }
}
