// hardTanh(x) = min(max(x, minValue), maxValue), with minValue in parameters.x and maxValue in parameters.y
// NaN passes with its payload, and so does every bit of what lies between.
fn forward(x: Float) -> Float {
  let raised = select(x, Float(parameters.x), is_below(x, parameters.x));
  let bounded = select(raised, Float(parameters.y), is_above(x, parameters.y));
  return select(bounded, x, is_nan(x));
}

// dx = dy where minValue < x < maxValue, else +0, at NaN too. The gate of y is that of x: y is x between the bounds,
// and a bound elsewhere.
fn is_open(x: Float) -> Flags {
  return is_above(x, parameters.x) & is_below(x, parameters.y);
}
