// C = epilogue(A B + bias), a tile at a time. Matrices lie row by row, and the bias has an element for each column. What is
// concatenated with this declares `fn epilogue(x: f32) -> f32`.
struct Shape {
  rows: u32,
  columns: u32,
  // The columns of A, which are the rows of B.
  inner: u32,
}

@group(0) @binding(0) var<uniform> shape: Shape;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read> b: array<f32>;
@group(0) @binding(3) var<storage, read> bias: array<f32>;
@group(0) @binding(4) var<storage, read_write> c: array<f32>;

const TILE = 16u;

var<workgroup> tile_of_a: array<array<f32, TILE>, TILE>;
var<workgroup> tile_of_b: array<array<f32, TILE>, TILE>;

@compute @workgroup_size(TILE, TILE)
fn matmul(@builtin(workgroup_id) workgroup: vec3<u32>, @builtin(local_invocation_id) place: vec3<u32>) {
  let row = workgroup.y * TILE + place.y;
  let column = workgroup.x * TILE + place.x;
  var sum = 0.0;
  for (var start = 0u; start < shape.inner; start += TILE) {
    // Beyond its edges a matrix is continued with zeros.
    let column_of_a = start + place.x;
    let row_of_b = start + place.y;
    tile_of_a[place.y][place.x] = 0.0;
    tile_of_b[place.y][place.x] = 0.0;
    if (row < shape.rows && column_of_a < shape.inner) {
      tile_of_a[place.y][place.x] = a[row * shape.inner + column_of_a];
    }
    if (row_of_b < shape.inner && column < shape.columns) {
      tile_of_b[place.y][place.x] = b[row_of_b * shape.columns + column];
    }
    workgroupBarrier();
    for (var k = 0u; k < TILE; k++) {
      sum += tile_of_a[place.y][k] * tile_of_b[k][place.x];
    }
    workgroupBarrier();
  }
  if (row < shape.rows && column < shape.columns) {
    c[row * shape.columns + column] = epilogue(sum + bias[column]);
  }
}
