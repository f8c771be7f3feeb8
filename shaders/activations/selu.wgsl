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

// SCALE * ALPHA as the sum of two float32, of which the first is above SCALE * ALPHA.
const LIMIT_HIGH = 1.75809943675994873046875;
const LIMIT_LOW = SCALE * ALPHA - LIMIT_HIGH;

// dx = dy * SCALE where y > 0, else dy * max(y + SCALE * ALPHA, 0). NaN where y is NaN.
fn backward_from_y(y: Float, dy: Float) -> Float {
  // The first sum is exact near its zero, and never negative for a y from forward(). Its positive_part() keeps
  // compilers from adding the two constants.
  let slope = positive_part(positive_part(y + LIMIT_HIGH) + LIMIT_LOW);
  return select(dy * select(slope, Float(SCALE), is_positive(y)), y, is_nan(y));
}
