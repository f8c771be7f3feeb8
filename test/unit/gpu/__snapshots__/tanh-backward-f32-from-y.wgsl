// tanh backward-from-y f32 vectors y:elements@0r dy:elements@1r dx:elements@2w
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
@group(0) @binding(3) var<storage, read> array_1: array<Words>;
@group(0) @binding(4) var<storage, read_write> array_2: array<Words>;
var<private> start_0: u32;
var<private> start_1: u32;
var<private> start_2: u32;
fn find_starts() { start_0 = geometry.starts[0][0]; start_1 = geometry.starts[0][1]; start_2 = geometry.starts[0][2]; }

fn fetch_y(i: u32) -> Float {
  return unpack(array_0[start_0 + i]);
}

fn load_y(i: u32) -> Float {
  return fetch_y(i);
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
const SIGN = 0x80000000u;

fn is_nan(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) | Bits(SIGN)) > SignedBits(-0x00800000);
}

fn backward_from_y(y: Float, dy: Float) -> Float {
  return select(dy * ((1.0 - y) * (1.0 + y)), y, is_nan(y));
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
  return backward_from_y(load_y(i), load_dy(i));
}

fn store(i: u32, elements: Float) {
  store_dx(i, elements);
}
