// clamp(x) = min(max(x, minValue), maxValue), with minValue in parameters.x and maxValue in parameters.y
// forward is in numerics/clamp.wgsl. dx = dy where minValue <= x <= maxValue, else +0, at NaN too: a NaN is below the
// least number or above the largest.
fn is_open(x: Float) -> Flags {
  return !(is_below(x, parameters.x) | is_above(x, parameters.y));
}
