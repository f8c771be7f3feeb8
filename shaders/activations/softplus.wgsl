// softplus(x) = log(1 + e^(beta x)) / beta = max(x, 0) + log(1 + e^-|beta x|) / beta
// beta is in parameters.x, and ln(2) / beta in parameters.y and .z as a sum.
fn decay_of(x: Float) -> Exponential {
  // From 176 on nothing is left of it.
  let bounded = bounded_magnitude(x, 176.0 / parameters.x);
  return exponential_at_rate(-bounded, parameters.x, parameters.y, parameters.z);
}

// Scaled last: a small beta brings back what would have been flushed.
fn forward(x: Float) -> Float {
  let decay = decay_of(x);
  let scale = power(decay.exponent);
  let mantissa = 1.0 + decay.fraction;
  let e = mantissa * scale.first * scale.second;
  let logarithm = log_one_plus_over(e) * mantissa * (1.0 / parameters.x) * scale.first * scale.second;
  return select(positive_part(x) + logarithm, x, is_nan(x));
}

// dx = dy * sigmoid(beta x)
fn backward(x: Float, dy: Float) -> Float {
  return select(times_logistic(dy, decay_of(x), x < Float(0.0)), x, is_nan(x));
}
