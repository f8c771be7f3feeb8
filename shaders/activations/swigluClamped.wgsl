// f(gate) = gate * sigmoid(alpha * gate), of a clamped gate, and the factor clamped(up) + 1. Parameters: alpha, ln(2) / alpha as a
// sum of two, and the limit.

// e^-|alpha x|, for x within 247 periods.
fn decay_of(x: Float) -> Exponential {
  return exponential_at_rate(-abs(x), parameters.x, parameters.y, parameters.z);
}

// From 247 periods below zero on the result is zero.
fn forward(x: Float) -> Float {
  let factor = bounded_below(x, -247.0 * parameters.y);
  let decay = decay_of(bounded_above(factor, 247.0 * parameters.y));
  return select(times_logistic(factor, decay, x < Float(0.0)), x, is_nan(x));
}

// dx = dy * (s + z s (1 - s)) with s = sigmoid(z) and z = alpha x: with e = e^-|z| it is dy * (1 + e + z e) / (1 + e)^2 for z >= 0,
// and dy * (1 + z + e) e / (1 + e)^2 below.
fn backward(x: Float, dy: Float) -> Float {
  let below = -bounded_magnitude(x, 247.0 * parameters.y);
  let exponent = round(below * (parameters.x * LOG2_E));
  let rest = remainder(below, exponent, parameters.y, parameters.z) * parameters.x;
  let fraction = exponential_near_zero(rest);
  let scale = power(exponent);
  let e = (1.0 + fraction) * scale.first;
  // 1 + z + e from the parts of z and of e: near its zero the rounding error of a product would be as large as the result.
  let near = remainder(1.0 + scale.first, -exponent, LN2_HIGH, LN2_LOW) + (rest + fraction * scale.first);
  let is_below_zero = x < Float(0.0);
  let numerator = select(1.0 + (1.0 - below * parameters.x) * e, near * e, is_below_zero);
  let divisor = 1.0 + e;
  let dx = dy * (numerator / (divisor * divisor)) * select(Float(1.0), scale.rest, is_below_zero);
  return select(dx, x, is_nan(x));
}

// min(gate, limit)
fn clamped_gate(gate: Float) -> Float {
  return select(bounded_above(gate, parameters.w), gate, is_nan(gate));
}

// The gradient passes at the bound, and not at NaN.
fn is_gate_open(gate: Float) -> Flags {
  return (bitcast<SignedBits>(gate) <= SignedBits(bitcast<i32>(parameters.w))) & !is_nan(gate);
}

// min(max(up, -limit), limit) + 1
fn factor_of(up: Float) -> Float {
  let sign = bitcast<Bits>(up) & Bits(SIGN);
  let clamped = bitcast<Float>(bitcast<Bits>(bounded_magnitude(up, parameters.w)) | sign);
  return select(clamped, up, is_nan(up)) + 1.0;
}

// A NaN is beyond every magnitude.
fn is_up_open(up: Float) -> Flags {
  return bitcast<SignedBits>(magnitude(up)) <= SignedBits(bitcast<i32>(parameters.w));
}
