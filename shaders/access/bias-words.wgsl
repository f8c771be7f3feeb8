// The elements of NAME that belong to a group's lanes.
fn columns_NAME(i: u32) -> Float {
  let at = columns_of(i) + START;
  return unpack(Words(ARRAY[at.x], ARRAY[at.y], ARRAY[at.z], ARRAY[at.w]));
}
