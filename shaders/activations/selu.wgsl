// selu(x) = gamma * (x > 0 ? x : alpha * (e^x - 1))
// gamma is in parameters.x, gamma * alpha in parameters.y, and as a sum of two float32, of which the first is not below
// it, in parameters.z and .w.
// NaN passes with its payload.
fn forward(x: Float) -> Float {
  // From -30 on down e^x - 1 rounds to -1.
  let decay = exponential(bounded_below(x, -30.0));
  let scale = power_of_two(decay.exponent);
  let below = parameters.y * (decay.fraction * scale + (scale - 1.0));
  return select(select(below, parameters.x * x, is_positive(x)), x, is_nan(x));
}

// dx = dy * gamma where x > 0, else dy * gamma * alpha * e^x. NaN where x is NaN.
fn backward(x: Float, dy: Float) -> Float {
  let decay = exponential(bounded_above(bounded_below(x, -171.2), 0.0));
  let scale = power(decay.exponent);
  let below = dy * ((1.0 + decay.fraction) * scale.first * parameters.y) * scale.rest;
  return select(select(below, parameters.x * dy, is_positive(x)), x, is_nan(x));
}

// For gamma > 0 and alpha >= 0: dx = dy * gamma where y > 0, else dy * max(y + gamma * alpha, 0). NaN where y is NaN.
fn backward_from_y(y: Float, dy: Float) -> Float {
  // The first sum is exact near its zero, and never negative for a y from forward(). Its positive_part() keeps
  // compilers from adding the two parts of gamma * alpha.
  let slope = positive_part(positive_part(y + parameters.z) + parameters.w);
  return select(dy * select(slope, Float(parameters.x), is_positive(y)), y, is_nan(y));
}
