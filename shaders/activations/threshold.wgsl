// threshold(x) = x > threshold ? x : value, with threshold in parameters.x and value in parameters.y
// NaN passes with its payload.
fn forward(x: Float) -> Float {
  return select(Float(parameters.y), x, is_above(x, parameters.x) | is_nan(x));
}

// dx = dy where x > threshold or x is NaN, else +0.
fn is_open(x: Float) -> Flags {
  return is_above(x, parameters.x) | is_nan(x);
}
