fn write_NAME(i: u32, elements: Float) {
  ARRAY[START + i] = pack(elements);
}
