// logSigmoid(x) = -log(1 + e^-x) = min(x, 0) - log(1 + e^-|x|)
fn forward(x: Float) -> Float {
  let decay = exponential(-bounded_magnitude(x, 88.0));
  let e = (1.0 + decay.fraction) * power_of_two(decay.exponent);
  return select(bounded_above(x, 0.0) - e * log_one_plus_over(e), x, is_nan(x));
}

// dx = dy * sigmoid(-x)
fn backward(x: Float, dy: Float) -> Float {
  return select(times_logistic(dy, exponential(-bounded_magnitude(x, 171.2)), x > Float(0.0)), x, is_nan(x));
}
