fn load_NAME(i: u32) -> Float {
  return NAME[i];
}
