// celu(x) = x > 0 ? x : alpha * (e^(x / alpha) - 1), with alpha in parameters.x, alpha ln(2) in parameters.y and .z as
// a sum, and 1 / alpha in parameters.w
// NaN passes with its payload, and so does x where e^(x / alpha) - 1 rounds to x / alpha.

// The distance from alpha to alpha * 2^-25 in the exponent bits.
const DOWN_TO_LINEAR = 25u << 23u;

fn forward(x: Float) -> Float {
  // From -30 on down e^x - 1 rounds to -1.
  let decay = exponential(bounded_below(x * parameters.w, -30.0));
  let scale = power_of_two(decay.exponent);
  let below = parameters.x * (decay.fraction * scale + (scale - 1.0));
  let is_linear = magnitude(x) < Bits(bitcast<u32>(parameters.x) - DOWN_TO_LINEAR);
  return select(select(x, below, is_negative(x)), x, is_linear);
}

// dx = dy where x > 0, else dy * e^(x / alpha). NaN where x is NaN.
fn backward(x: Float, dy: Float) -> Float {
  let bounded = bounded_above(bounded_below(x, -171.2 * parameters.x), 0.0);
  let decay = exponential_at_rate(bounded, parameters.w, parameters.y, parameters.z);
  let scale = power(decay.exponent);
  let below = dy * ((1.0 + decay.fraction) * scale.first) * scale.rest;
  return select(select(below, dy, is_positive(x)), x, is_nan(x));
}

// dx = dy where y > 0, else dy * (y + alpha) / alpha, or 0 where rounding took y below -alpha. NaN where y is NaN.
fn backward_from_y(y: Float, dy: Float) -> Float {
  return select(select(dy * (positive_part(y + parameters.x) * parameters.w), dy, is_positive(y)), y, is_nan(y));
}
