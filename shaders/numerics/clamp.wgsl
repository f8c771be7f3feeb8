// The clamp of x to the interval from parameters.x to parameters.y. NaN passes with its payload, and so does every bit
// of what lies between.
fn forward(x: Float) -> Float {
  let raised = select(x, Float(parameters.x), is_below(x, parameters.x));
  let bounded = select(raised, Float(parameters.y), is_above(x, parameters.y));
  return select(bounded, x, is_nan(x));
}
