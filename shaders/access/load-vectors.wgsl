// NAME lies on the boundaries of vectors: a group is one load.
fn fetch_NAME(i: u32) -> Float {
  return unpack(ARRAY[START + i]);
}

fn load_NAME(i: u32) -> Float {
  return fetch_NAME(i);
}
