// The lengths, offsets and distribution of a dispatch, as uniforms, so that one program serves all of them.
struct Geometry {
  // The number of elements, and the number of invocations that share them.
  count: u32,
  invocations: u32,
  // The length of a bias, and the column of the dispatch's first element.
  columns: u32,
  column: u32,
  // Invocation k takes the vec4 indices from k * run to k * run + reach, exclusive, in steps of `stride`.
  run: u32,
  stride: u32,
  reach: u32,
  // 0, which no compiler knows.
  zero: u32,
  // The offset of each tensor in its array.
  starts: array<vec4<u32>, 3>,
}

@group(0) @binding(0) var<uniform> parameters: vec4<f32>;
@group(0) @binding(1) var<uniform> geometry: Geometry;

fn groups_of_lanes() -> u32 {
  return (geometry.count + LANES - 1u) / LANES;
}

// The lanes of vec4 index i that are elements: the last vector may extend beyond the end.
fn within(i: u32) -> Flags {
  return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count);
}

// The columns of the lanes of vec4 index i.
fn columns_of(i: u32) -> Bits {
  let first = (geometry.column + i * LANES) % geometry.columns;
  let second = select(first + 1u, 0u, first + 1u == geometry.columns);
  let third = select(second + 1u, 0u, second + 1u == geometry.columns);
  return Bits(first, second, third, select(third + 1u, 0u, third + 1u == geometry.columns));
}
