fn put(i: u32, y: Float) {
  result[i] = y;
}
