// Products with the logistic function s(z) = 1 / (1 + e^-z) and with the derivative of x s(z(x)), from e^-|z|, so that
// neither sign of z causes cancellation.

// factor * s(z), from the exponential of -z, for -z from -60 to 154. A large exponential is scaled by 2^-96, so that it
// does not overflow, and back at the end, so that a tail is not flushed before the product with factor.
fn over_one_plus(factor: Float, growth: Exponential) -> Float {
  let is_large = growth.exponent > Float(60.0);
  let one = select(Float(1.0), Float(0x1p-96), is_large);
  let scale = power_of_two(growth.exponent + select(Float(0.0), Float(-96.0), is_large));
  return factor / ((1.0 + growth.fraction) * scale + one) * one;
}

// factor * s(z), from the exponential of -|z|
fn times_logistic(factor: Float, decay: Exponential, is_below_zero: Flags) -> Float {
  let scale = power(decay.exponent);
  let e = (1.0 + decay.fraction) * scale.first;
  let above = factor / (1.0 + e);
  return select(above, above * e * scale.rest, is_below_zero);
}

// dy * s'(z) = dy * e / (1 + e)^2
fn times_logistic_derivative(dy: Float, decay: Exponential) -> Float {
  let scale = power(decay.exponent);
  let e = (1.0 + decay.fraction) * scale.first;
  let divisor = 1.0 + e;
  return dy * (e / (divisor * divisor)) * scale.rest;
}

// dy * (s(z) + x z'(x) s'(z)), where `relief` is x z'(x)
fn times_swish_derivative(dy: Float, relief: Float, decay: Exponential, is_below_zero: Flags) -> Float {
  let scale = power(decay.exponent);
  let e = (1.0 + decay.fraction) * scale.first;
  let divisor = 1.0 + e;
  let numerator = select(divisor + relief * e, (divisor + relief) * e, is_below_zero);
  return dy * (numerator / (divisor * divisor)) * select(Float(1.0), scale.rest, is_below_zero);
}
