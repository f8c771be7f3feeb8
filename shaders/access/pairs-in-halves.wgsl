// Each row of NAME holds the elements of FIRST and then those of SECOND, geometry.columns of each, in whole vectors.
fn fetch_FIRST(i: u32) -> Float {
  return unpack(ARRAY[START + vector_of(i)]);
}

fn load_FIRST(i: u32) -> Float {
  return fetch_FIRST(i);
}

fn fetch_SECOND(i: u32) -> Float {
  return unpack(ARRAY[START + vector_of(i) + geometry.columns / LANES]);
}

fn load_SECOND(i: u32) -> Float {
  return fetch_SECOND(i);
}

fn write_FIRST(i: u32, elements: Float) {
  ARRAY[START + vector_of(i)] = pack(elements);
}

fn write_SECOND(i: u32, elements: Float) {
  ARRAY[START + vector_of(i) + geometry.columns / LANES] = pack(elements);
}

// The vector with the first elements of the pairs of vec4 index i.
fn vector_of(i: u32) -> u32 {
  let columns = geometry.columns / LANES;
  return i + i / columns * columns;
}
