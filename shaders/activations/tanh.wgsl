// tanh(x)
fn forward(x: Float) -> Float {
  return hyperbolic_tangent(x);
}

// dx = dy * (1 - tanh(x)^2) = dy * 4 e / (1 + e)^2 with e = e^(-2 |x|), scaled last
fn backward(x: Float, dy: Float) -> Float {
  let decay = exponential(-2.0 * bounded_magnitude(x, 88.7));
  let scale = power(decay.exponent + 2.0);
  let mantissa = 1.0 + decay.fraction;
  let divisor = 1.0 + 0.25 * mantissa * scale.first * scale.second;
  return select(dy / (divisor * divisor) * mantissa * scale.first * scale.second, x, is_nan(x));
}
