// NAME may begin at any word, with two elements per word. A load beyond its end returns an arbitrary value, which is
// not stored.
fn fetch_NAME(i: u32) -> Float {
  let first = START + i * 2u;
  return unpack(Words(ARRAY[first], ARRAY[first + 1u]));
}

fn load_NAME(i: u32) -> Float {
  return fetch_NAME(i);
}
