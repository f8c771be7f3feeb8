// Replaces the load of NAME without a bias.
fn load_NAME(i: u32) -> Float {
  return sum(fetch_NAME(i), columns_NAME(i));
}

// The bias of NAME for the lanes of vec4 index i.
fn columns_NAME(i: u32) -> Float {
  let at = columns_of(i) + START;
  return unpack(Words(ARRAY[at.x], ARRAY[at.y], ARRAY[at.z], ARRAY[at.w]));
}
