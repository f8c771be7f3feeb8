// Replaces the load of NAME without a bias.
fn load_NAME(i: u32) -> Float {
  return sum(fetch_NAME(i), columns_NAME(i));
}

// The bias of NAME for the lanes of vec4 index i.
fn columns_NAME(i: u32) -> Float {
  let columns = columns_of(i);
  let at = columns / 2u + START;
  let words = Bits(ARRAY[at.x], ARRAY[at.y], ARRAY[at.z], ARRAY[at.w]);
  let halves = (words >> (columns % 2u * 16u)) & Bits(0xffffu);
  return unpack(Words(halves.x | (halves.y << 16u), halves.z | (halves.w << 16u)));
}
