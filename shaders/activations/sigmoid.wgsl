// sigmoid(x) = 1 / (1 + e^-x)
fn forward(x: Float) -> Float {
  return select(over_one_plus(Float(1.0), exponential(-bounded_above(bounded_below(x, -110.0), 60.0))), x, is_nan(x));
}

// dx = dy * sigmoid(x) * sigmoid(-x)
fn backward(x: Float, dy: Float) -> Float {
  return select(times_logistic_derivative(dy, exponential(-bounded_magnitude(x, 171.2))), x, is_nan(x));
}

// dx = dy * y * (1 - y)
fn backward_from_y(y: Float, dy: Float) -> Float {
  return select(dy * (y * (1.0 - y)), y, is_nan(y));
}
