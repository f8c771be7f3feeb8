// elu(x) = x > 0 ? x : alpha * (e^x - 1), with alpha in parameters.x
// NaN passes with its payload.
fn forward(x: Float) -> Float {
  // From -30 on down e^x - 1 rounds to -1.
  let decay = exponential(bounded_below(x, -30.0));
  let scale = power_of_two(decay.exponent);
  let below = parameters.x * (decay.fraction * scale + (scale - 1.0));
  return select(x, below, is_negative(x));
}

// dx = dy where x > 0, else dy * alpha * e^x. NaN where x is NaN.
fn backward(x: Float, dy: Float) -> Float {
  let decay = exponential(bounded_above(bounded_below(x, -171.2), 0.0));
  let scale = power(decay.exponent);
  let below = dy * ((1.0 + decay.fraction) * scale.first * parameters.x) * scale.rest;
  return select(select(below, dy, is_positive(x)), x, is_nan(x));
}

// For alpha >= 0: dx = dy where y > 0, else dy * max(y + alpha, 0): y may round below -alpha. NaN where y is NaN.
fn backward_from_y(y: Float, dy: Float) -> Float {
  return select(select(dy * positive_part(y + parameters.x), dy, is_positive(y)), y, is_nan(y));
}
