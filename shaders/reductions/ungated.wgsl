// The gate of an activation that has none: it is open where there is a gradient.
fn is_open(x: Float) -> Flags {
  return !is_nothing(backward(x, Float(1.0)));
}

// A gate that is shut lets no gradient through.
fn slope_where_shut() -> Float {
  return Float(0.0);
}
