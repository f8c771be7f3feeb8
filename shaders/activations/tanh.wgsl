// tanh(x)
fn forward(x: Float) -> Float {
  return hyperbolic_tangent(x);
}

// dx = dy * (1 - tanh(x)^2) = dy * 4 e / (1 + e)^2 with e = e^(-2 |x|)
fn backward(x: Float, dy: Float) -> Float {
  let decay = exponential(-2.0 * bounded_magnitude(x, 85.6));
  let scale = power(decay.exponent);
  let e = (1.0 + decay.fraction) * scale.first;
  let divisor = 1.0 + e;
  return select(dy * (4.0 * e / (divisor * divisor)) * scale.rest, x, is_nan(x));
}

// dx = dy * (1 - y) * (1 + y), where 1 - y^2 would lose digits.
fn backward_from_y(y: Float, dy: Float) -> Float {
  return select(dy * ((1.0 - y) * (1.0 + y)), y, is_nan(y));
}
