// The gradient of an activation without dy, and its gate. ZERO_BELOW is 1 where results are exact, and the smallest normal
// number where drivers may flush them.
fn is_nothing(x: Float) -> Flags {
  return magnitude(x) < Bits(ZERO_BELOW);
}

// The gate of an activation that has none: it is open where there is a gradient.
fn is_open(x: Float) -> Flags {
  return !is_nothing(backward(x, Float(1.0)));
}
