// clamp(x) = min(max(x, minValue), maxValue), with minValue in parameters.x and maxValue in parameters.y
// forward is in numerics/clamp.wgsl. dx = dy where minValue <= x <= maxValue, else +0, at NaN too.
fn is_open(x: Float) -> Flags {
  return is_within(x, parameters.x, parameters.y);
}

// One comparison: x before the first bound wraps around, and NaN is before or after every number. -0 is the first zero.
fn is_within(x: Float, low: f32, high: f32) -> Flags {
  let first = select(sortable(Float(low)), Bits(MAGNITUDE), is_zero(low));
  let last = select(sortable(Float(high)), Bits(SIGN), is_zero(high));
  return (sortable(x) - first) <= (last - first);
}
