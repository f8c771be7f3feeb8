// softplus(x) = log(1 + e^(beta x)) / beta = max(x, 0) + log(1 + e^-|beta x|) / beta
// beta is in parameters.x, its period ln(2) / beta in parameters.y and .z as a sum, and 2^-24 / beta in parameters.w.

// e^-|beta x|, up to a number of periods
fn decay_of(x: Float, periods: f32) -> Exponential {
  let bounded = bounded_magnitude(x, periods * parameters.y);
  return exponential_at_rate(-bounded, parameters.x, parameters.y, parameters.z);
}

// The dividend of the division by beta is scaled by 2^24, and the divisor too: the quotient by a beta below 1, down to
// 2^-24, may be normal where the dividend would be flushed.
fn forward(x: Float) -> Float {
  let decay = decay_of(x, 151.0);
  let e = (1.0 + decay.fraction) * power_of_two(bounded_below(decay.exponent, -127.0));
  let quotient = (parameters.w + parameters.w * decay.fraction) * power_of_two(decay.exponent + 24.0);
  let logarithm = log_one_plus_over(e) * quotient;
  return select(positive_part(x) + logarithm, x, is_nan(x));
}

// dx = dy * sigmoid(beta x)
fn backward(x: Float, dy: Float) -> Float {
  return select(times_logistic(dy, decay_of(x, 247.0), x < Float(0.0)), x, is_nan(x));
}

// dx = dy * (1 - e^(-beta y))
fn backward_from_y(y: Float, dy: Float) -> Float {
  // From 30 periods on 1 - e^(-beta y) rounds to 1.
  let decay = decay_of(y, 30.0);
  let scale = power_of_two(decay.exponent);
  let slope = -(decay.fraction * scale + (scale - 1.0));
  // Below 2^-26 the slope is beta y, which could be flushed before the product with dy: it is scaled by 2^24, and back
  // at the end.
  let tail = dy * (y / parameters.w) * 0x1p-24;
  return select(select(dy * slope, tail, y < Float(0.25 * parameters.w)), y, is_nan(y));
}
