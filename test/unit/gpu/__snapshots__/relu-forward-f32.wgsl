// relu forward f32 vectors x:elements@0r y:elements@1w
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

fn is_negative(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) - Bits(1u)) < SignedBits(-0x00800000);
}

fn forward(x: Float) -> Float {
  return select(x, Float(0.0), is_negative(x));
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
