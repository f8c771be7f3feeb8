// NAME lies anywhere, an element a word. Beyond its end a load gives something, which is not stored.
fn fetch_NAME(i: u32) -> Float {
  let first = START + i * LANES;
  return unpack(Words(ARRAY[first], ARRAY[first + 1u], ARRAY[first + 2u], ARRAY[first + 3u]));
}

fn load_NAME(i: u32) -> Float {
  return fetch_NAME(i);
}
