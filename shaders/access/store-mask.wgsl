fn write_mask(block: u32, bits: u32) {
  ARRAY[START + block] = bits;
}
