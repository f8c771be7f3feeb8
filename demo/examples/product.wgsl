// C = A B. Element (i, k) of A is a[i * a_row + k * a_column], so that A and B may be transposes; C lies row by row. An
// invocation an element: matrices of at most 64 columns are in the cache, and tiles would cost barriers.
struct Shape {
  rows: u32,
  columns: u32,
  // The columns of A, which are the rows of B.
  inner: u32,
  a_row: u32,
  a_column: u32,
  b_row: u32,
  b_column: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read_write> c: array<f32>;

@compute @workgroup_size(64)
fn main(@builtin(global_invocation_id) id: vec3<u32>) {
  let element = id.x;
  if (element >= shape.rows * shape.columns) {
    return;
  }
  var in_a = element / shape.columns * shape.a_row;
  var in_b = element % shape.columns * shape.b_column;
  var sum = 0.0;
  for (var k = 0u; k < shape.inner; k++) {
    sum += a[in_a] * b[in_b];
    in_a += shape.a_column;
    in_b += shape.b_row;
  }
  c[element] = sum;
}
