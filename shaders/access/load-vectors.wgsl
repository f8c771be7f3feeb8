// NAME is aligned to vectors, so that four elements are one load.
fn fetch_NAME(i: u32) -> Float {
  return unpack(ARRAY[START + i]);
}

fn load_NAME(i: u32) -> Float {
  return fetch_NAME(i);
}
