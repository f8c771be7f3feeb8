// selu(x) = SCALE * (x > 0 ? x : ALPHA * (e^x - 1))
// NaN passes with its payload.
const SCALE = 1.0507009873554805;
const ALPHA = 1.6732632423543772;

fn forward(x: Float) -> Float {
  // From -30 on down e^x - 1 rounds to -1.
  let decay = exponential(bounded_below(x, -30.0));
  let scale = power_of_two(decay.exponent);
  let below = SCALE * ALPHA * (decay.fraction * scale + (scale - 1.0));
  return select(select(below, SCALE * x, is_positive(x)), x, is_nan(x));
}

// dx = dy * SCALE where x > 0, else dy * SCALE * ALPHA * e^x. NaN where x is NaN.
fn backward(x: Float, dy: Float) -> Float {
  let decay = exponential(bounded_above(bounded_below(x, -171.2), 0.0));
  let scale = power(decay.exponent);
  let below = dy * ((1.0 + decay.fraction) * scale.first * (SCALE * ALPHA)) * scale.rest;
  return select(select(below, SCALE * dy, is_positive(x)), x, is_nan(x));
}
