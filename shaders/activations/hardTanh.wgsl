// hardTanh(x) = min(max(x, minValue), maxValue), with minValue in parameters.x and maxValue in parameters.y
// NaN passes with its payload, and so does every bit of what lies between.
fn forward(x: Float) -> Float {
  let raised = select(x, Float(parameters.x), is_below(x, parameters.x));
  let bounded = select(raised, Float(parameters.y), is_above(x, parameters.y));
  return select(bounded, x, is_nan(x));
}

// dx = dy where minValue < x < maxValue, else +0, at NaN too.
fn backward(x: Float, dy: Float) -> Float {
  return select(Float(0.0), dy, is_above(x, parameters.x) & is_below(x, parameters.y));
}
