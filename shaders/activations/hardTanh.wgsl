// hardTanh(x) = min(max(x, minValue), maxValue), with minValue in parameters.x and maxValue in parameters.y
// forward is in numerics/clamp.wgsl. dx = dy where minValue < x < maxValue, else +0, at NaN too. The gate of y is that
// of x: y is x between the bounds, and a bound elsewhere.
fn is_open(x: Float) -> Flags {
  return is_above(x, parameters.x) & is_below(x, parameters.y);
}
