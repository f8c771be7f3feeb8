// gelu(x) = x Phi(x), with Phi(-t) = e^(-t^2 / 2) normal_tail(t) for t >= 0 and Phi(x) = 1 - Phi(-x)
// Up to 2^-26 the result is half of x, and the terms of the formula may be subnormal.
const HALVED = 0x32800000;
const DENSITY_AT_ZERO = 0.3989422804014327;

// e^(-t^2 / 2), for t <= 18.503
fn decay_of(t: Float) -> Exponential {
  // The square as a sum of two parts, of which the first is exact, because the exponential magnifies rounding errors.
  let high = leading_bits(t);
  return exponential_of_sum(-0.5 * (high * high), -0.5 * ((t + high) * (t - high)));
}

// x Phi(x) = max(x, 0) - t Phi(-t) with t = |x|
fn forward(x: Float) -> Float {
  // From 13.27 on the exponential is 0.
  let t = bounded_magnitude(x, 13.27);
  let tail = times_normal_tail(t);
  let decay = decay_of(t);
  let product = (tail + tail * decay.fraction) * power_of_two(decay.exponent);
  return select(select(positive_part(x) - product, 0.5 * x, bitcast<SignedBits>(magnitude(x)) < SignedBits(HALVED)), x, is_nan(x));
}

// dx = dy * (Phi(x) + x phi(x)), phi the density: for x = -t it is e^(-t^2 / 2) (normal_tail(t) - t phi(0)), for x = t
// the complement of that.
// The tail comes before the exponential, because t takes no registers then while the exponential needs most.
fn backward(x: Float, dy: Float) -> Float {
  let t = bounded_magnitude(x, 18.503);
  let tail = normal_tail(t) - t * DENSITY_AT_ZERO;
  let decay = decay_of(t);
  let scale = power(decay.exponent);
  let is_below_zero = x < Float(0.0);
  let below = tail * ((1.0 + decay.fraction) * scale.first);
  let product = select(Float(1.0), dy, is_below_zero) * below * scale.rest;
  return select(select(dy * (1.0 - product), product, is_below_zero), x, is_nan(x));
}
