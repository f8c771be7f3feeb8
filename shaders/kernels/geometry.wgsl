// What a dispatch knows of its tensors: one program serves every length, offset, parameter and order.
struct Geometry {
  // How many elements there are, and how many invocations share them.
  count: u32,
  invocations: u32,
  // How long a bias is, and which of its elements belongs to the first one of the tensor.
  columns: u32,
  column: u32,
  // Which groups of lanes an invocation takes: the first is its own number times `run`, each further one lies `stride` behind, and
  // all within `reach`.
  run: u32,
  stride: u32,
  reach: u32,
  // Where in its array each tensor starts.
  starts: array<vec4<u32>, 3>,
}

@group(0) @binding(0) var<uniform> parameters: vec4<f32>;
@group(0) @binding(1) var<uniform> geometry: Geometry;

fn groups_of_lanes() -> u32 {
  return (geometry.count + LANES - 1u) / LANES;
}

// Which lanes of a group are elements: the last group may reach beyond the end.
fn within(i: u32) -> Flags {
  return Bits(i * LANES) + Bits(0u, 1u, 2u, 3u) < Bits(geometry.count);
}

// The columns of a group's lanes.
fn columns_of(i: u32) -> Bits {
  let first = (geometry.column + i * LANES) % geometry.columns;
  let second = select(first + 1u, 0u, first + 1u == geometry.columns);
  let third = select(second + 1u, 0u, second + 1u == geometry.columns);
  return Bits(first, second, third, select(third + 1u, 0u, third + 1u == geometry.columns));
}
