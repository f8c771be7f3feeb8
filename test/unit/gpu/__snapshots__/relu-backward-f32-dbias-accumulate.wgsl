// relu backward f32 vectors x:elements@0r dy:elements@1r dx:elements@2w sums:sums@3w sums of dx accumulated
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

fn sum(a: Float, b: Float) -> Float {
  return a + b;
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
@group(0) @binding(3) var<storage, read> array_1: array<Words>;
@group(0) @binding(4) var<storage, read_write> array_2: array<Words>;
@group(0) @binding(5) var<storage, read_write> array_3: array<Bits>;
var<private> start_0: u32;
var<private> start_1: u32;
var<private> start_2: u32;
var<private> start_3: u32;
fn find_starts() { start_0 = geometry.starts[0][0]; start_1 = geometry.starts[0][1]; start_2 = geometry.starts[0][2]; start_3 = geometry.starts[0][3]; }

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

fn fetch_dx(i: u32) -> Float {
  return unpack(array_2[start_2 + i]);
}

fn write_dx(i: u32, elements: Float) {
  array_2[start_2 + i] = pack(elements);
}

fn store_dx(i: u32, elements: Float) { accumulate_dx(i, elements); write_dx(i, sum(fetch_dx(i), elements)); }
var<private> recent_dx: Float;
var<private> settled_dx: Float;
var<private> terms_dx: u32;

fn accumulate_dx(i: u32, elements: Float) {
  recent_dx = sum(recent_dx, select(Float(0.0), elements, within(i)));
  terms_dx++;
  if (terms_dx % 32u == 0u) {
    settled_dx = sum(settled_dx, recent_dx);
    recent_dx = Float(0.0);
  }
}

fn store_partial_sums_dx(invocation: u32) {
  array_3[start_3 + 0u * geometry.invocations + invocation] = bitcast<Bits>(sum(settled_dx, recent_dx));
}

fn backward(x: Float, dy: Float) -> Float {
  return through_gate(is_open(x), dy);
}

fn through_gate(open: Flags, dy: Float) -> Float {
  return select(Float(0.0), dy, open);
}

fn is_open(x: Float) -> Flags {
  let word = bitcast<SignedBits>(x);
  return (word > SignedBits(-0x00800000)) & (word != SignedBits(0));
}

fn finish(invocation: u32) { store_partial_sums_dx(invocation); }

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
  return backward(load_x(i), load_dy(i));
}

fn store(i: u32, elements: Float) {
  store_dx(i, elements);
}

// add-columns f32 words sums:sums@0r dbias:elements@1w accumulated
const WORKGROUP_SIZE = 256u;
alias Float = vec4<f32>;
alias Bits = vec4<u32>;
const LANES = 4u;
alias Words = vec4<u32>;

fn unpack(words: Words) -> Float {
  return bitcast<Float>(words);
}

fn pack(elements: Float) -> Words {
  return bitcast<Words>(elements);
}

fn sum(a: Float, b: Float) -> Float {
  return a + b;
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

@group(0) @binding(2) var<storage, read> array_0: array<u32>;
@group(0) @binding(3) var<storage, read_write> array_1: array<u32>;
var<private> start_0: u32;
var<private> start_1: u32;
fn find_starts() { start_0 = geometry.starts[0][0]; start_1 = geometry.starts[0][1]; }

fn sum_at(at: u32) -> u32 {
  let sums = geometry.invocations * LANES;
  return select(0u, array_0[start_0 + min(at, sums - 1u)], at < sums);
}

fn fetch_dbias(i: u32) -> Float {
  let first = start_1 + i * LANES;
  return unpack(Words(array_1[first], array_1[first + 1u], array_1[first + 2u], array_1[first + 3u]));
}

fn write_dbias(i: u32, elements: Float) {
  let first = start_1 + i * LANES;
  let words = pack(elements);
  let left = geometry.count - i * LANES;
  array_1[first] = words.x;
  if (left > 1u) {
    array_1[first + 1u] = words.y;
  }
  if (left > 2u) {
    array_1[first + 2u] = words.z;
  }
  if (left > 3u) {
    array_1[first + 3u] = words.w;
  }
}

fn store_dbias(i: u32, elements: Float) { write_dbias(i, sum(fetch_dbias(i), elements)); }

@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  find_starts();
  let vectors = vector_count();
  let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(vectors - 1u)));
  let rows_at_a_time = WORKGROUP_SIZE / side_by_side;
  for (var first = workgroup.x * side_by_side; first < vectors; first += workgroups.x * side_by_side) {
    let i = first + lane % side_by_side;
    partial[lane] = sum_of_rows(i, lane / side_by_side, rows_at_a_time);
    for (var half = WORKGROUP_SIZE / 2u; half >= side_by_side; half /= 2u) {
      workgroupBarrier();
      if (lane < half) {
        partial[lane] = sum(partial[lane], partial[lane + half]);
      }
    }
    if (lane < side_by_side && i < vectors) {
      store_dbias(i, partial[lane]);
    }
    workgroupBarrier();
  }
}

var<workgroup> partial: array<Float, WORKGROUP_SIZE>;

fn sum_of_rows(i: u32, first_row: u32, rows_at_a_time: u32) -> Float {
  let columns = geometry.count;
  let rows = (geometry.invocations * LANES + columns - 1u) / columns;
  let column = min(Bits(i * LANES) + Bits(0u, 1u, 2u, 3u), Bits(columns - 1u));
  let first = column - geometry.column + select(Bits(0u), Bits(columns), column < Bits(geometry.column));
  var row = first_row;
  var total = Float(0.0);
  while (row < rows) {
    var recent = Float(0.0);
    for (var k = 0u; k < 32u && row < rows; k++) {
      let at = first + row * columns;
      recent = sum(recent, bitcast<Float>(Bits(sum_at(at.x), sum_at(at.y), sum_at(at.z), sum_at(at.w))));
      row += rows_at_a_time;
    }
    total = sum(total, recent);
  }
  return total;
}
