// NAME may begin at any word, with one element per word. A load beyond its end returns an arbitrary value, which is not
// stored.
fn fetch_NAME(i: u32) -> Float {
  let first = START + i * LANES;
  return unpack(Words(ARRAY[first], ARRAY[first + 1u], ARRAY[first + 2u], ARRAY[first + 3u]));
}

fn load_NAME(i: u32) -> Float {
  return fetch_NAME(i);
}
