// threshold(x) = x > threshold ? x : value, with threshold in parameters.x and value in parameters.y
// NaN passes with its payload.
fn forward(x: Float) -> Float {
  return select(Float(parameters.y), x, is_above(x, parameters.x) | is_nan(x));
}

// dx = dy where x > threshold or x is NaN, else +0.
fn backward(x: Float, dy: Float) -> Float {
  return through_gate(is_open(x), dy);
}

fn is_open(x: Float) -> Flags {
  return is_above(x, parameters.x) | is_nan(x);
}

fn through_gate(open: Flags, dy: Float) -> Float {
  return select(Float(0.0), dy, open);
}
