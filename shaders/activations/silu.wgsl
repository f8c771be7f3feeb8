// silu(x) = x * sigmoid(x)
// From -110 down the result rounds to zero.
fn forward(x: Float) -> Float {
  let bounded = bounded_below(x, -110.0);
  return select(over_one_plus(bounded, exponential(-bounded_above(bounded, 60.0))), x, is_nan(x));
}

// dx = dy * (s + x s (1 - s)) with s = sigmoid(x)
// Bounds x twice, because the bounded x would otherwise take registers beside x while the exponential needs most.
fn backward(x: Float, dy: Float) -> Float {
  let decay = exponential(-bounded_magnitude(x, 171.2));
  let bounded = bounded_above(bounded_below(x, -171.2), 171.2);
  return select(times_swish_derivative(dy, bounded, decay, x < Float(0.0)), x, is_nan(x));
}
