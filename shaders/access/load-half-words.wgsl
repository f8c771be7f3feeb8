// NAME lies anywhere, two elements a word. Beyond its end a load gives something, which is not stored.
fn fetch_NAME(i: u32) -> Float {
  let first = START + i * 2u;
  return unpack(Words(ARRAY[first], ARRAY[first + 1u]));
}

fn load_NAME(i: u32) -> Float {
  return fetch_NAME(i);
}
