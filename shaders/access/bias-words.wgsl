// In place of the one that loads NAME without a bias.
fn load_NAME(i: u32) -> Float {
  return sum(fetch_NAME(i), columns_NAME(i));
}

// The elements of the bias of NAME that belong to a group's lanes.
fn columns_NAME(i: u32) -> Float {
  let at = columns_of(i) + START;
  return unpack(Words(ARRAY[at.x], ARRAY[at.y], ARRAY[at.z], ARRAY[at.w]));
}
