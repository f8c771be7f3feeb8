// swish(x) = x * sigmoid(beta x)
// beta is in parameters.x, its period ln(2) / |beta|, 0 for beta 0, in parameters.y and .z as a sum. In parameters.w is the
// number, 222 periods below 0, from which the result rounds to zero on the side of the tail; -Infinity for beta 0.
//
// With a negative beta the function is that of |beta|, mirrored at both axes.
fn mirrored(x: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(x) ^ Bits(bitcast<u32>(parameters.x) & SIGN));
}

fn sharpness() -> f32 {
  return bitcast<f32>(bitcast<u32>(parameters.x) & MAGNITUDE);
}

fn forward(x: Float) -> Float {
  let towards = mirrored(x);
  let bounded = bounded_above(bounded_below(towards, -222.0 * parameters.y), 86.0 * parameters.y);
  let growth = exponential_at_rate(-bounded, sharpness(), parameters.y, parameters.z);
  return select(over_one_plus(mirrored(bounded_below(towards, parameters.w)), growth), x, is_nan(x));
}

// dx = dy * (s + z s (1 - s)) with s = sigmoid(z) and z = beta x. With e = e^-|z| it is
// dy * (1 + e + |z| e) / (1 + e)^2 for z >= 0, and dy * (1 - |z| + e) e / (1 + e)^2 below.
fn backward(x: Float, dy: Float) -> Float {
  let below = -bounded_magnitude(x, 247.0 * parameters.y);
  let exponent = round(below * (sharpness() * LOG2_E));
  let rest = remainder(below, exponent, parameters.y, parameters.z) * sharpness();
  let fraction = exponential_near_zero(rest);
  let scale = power(exponent);
  let e = (1.0 + fraction) * scale.first;
  // 1 - |z| + e from the parts of -|z| and of e: near the zero of the derivative the rounding error of a product beta x
  // would be as large as the result.
  let near = remainder(1.0 + scale.first, -exponent, LN2_HIGH, LN2_LOW) + (rest + fraction * scale.first);
  let is_below_zero = mirrored(x) < Float(0.0);
  let numerator = select(1.0 + (1.0 - below * sharpness()) * e, near * e, is_below_zero);
  let divisor = 1.0 + e;
  let dx = dy * (numerator / (divisor * divisor)) * select(Float(1.0), scale.rest, is_below_zero);
  return select(dx, x, is_nan(x));
}
