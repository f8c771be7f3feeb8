// NAME holds pairs: runs of geometry.columns elements of FIRST and of SECOND by turns. A run may have any length, and
// NAME may begin at any word.
fn fetch_FIRST(i: u32) -> Float {
  return gather_NAME(places_of(i));
}

fn load_FIRST(i: u32) -> Float {
  return fetch_FIRST(i);
}

fn fetch_SECOND(i: u32) -> Float {
  return gather_NAME(places_of(i) + geometry.columns);
}

fn load_SECOND(i: u32) -> Float {
  return fetch_SECOND(i);
}

fn write_FIRST(i: u32, elements: Float) {
  scatter_NAME(i, places_of(i), elements);
}

fn write_SECOND(i: u32, elements: Float) {
  scatter_NAME(i, places_of(i) + geometry.columns, elements);
}

// The indices of the first elements of the pairs of vec4 index i. One division finds that of the first lane.
fn places_of(i: u32) -> Bits {
  let pair = i * LANES;
  let before = pair / geometry.columns * geometry.columns;
  let first = vec2(pair + before, pair - before);
  let second = next_pair(first);
  let third = next_pair(second);
  return Bits(first.x, second.x, third.x, next_pair(third).x);
}

// The index of the next pair's first element, and its place in the run.
fn next_pair(at: vec2<u32>) -> vec2<u32> {
  let ends = at.y + 1u == geometry.columns;
  return vec2(at.x + 1u + select(0u, geometry.columns, ends), select(at.y + 1u, 0u, ends));
}
