// The rounding error of sum = a + b, exactly. The bits of what it is computed from are hidden from compilers: those of Mesa
// would replace (a + b) - a by b, and the error by 0.
fn lost(sum: f32, a: f32, b: f32) -> f32 {
  let whole = hidden(sum);
  let part = hidden(whole - a);
  return (a - (whole - part)) + (b - part);
}

fn hidden(x: f32) -> f32 {
  return bitcast<f32>(bitcast<u32>(x) ^ geometry.zero);
}

fn lost_in_lanes(sum: Float, a: Float, b: Float) -> Float {
  let whole = hidden_lanes(sum);
  let part = hidden_lanes(whole - a);
  return (a - (whole - part)) + (b - part);
}

fn hidden_lanes(x: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(x) ^ Bits(geometry.zero));
}
