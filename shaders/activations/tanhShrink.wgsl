// tanhShrink(x) = x - tanh(x) = |x| - 1 + 2 e / (1 + e) with e = e^(-2 |x|) and the sign of x; up to 1.5, where that would
// cancel, a quotient of polynomials, with a relative error of 2^-26 (shaders/numerics/minimax.py).
fn forward(x: Float) -> Float {
  let size = abs(x);
  let is_near_zero = size < Float(1.5);
  let square = x * x;
  let fourth = square * square;
  let near_zero = (3.0 + 1.1999993 * square) - fourth * ((0.0057111033 - 0.00024932495 * square) + 9.49973e-06 * fourth);
  let decay = exponential(-2.0 * bounded_magnitude(x, 20.0));
  let e = (1.0 + decay.fraction) * power_of_two(decay.exponent);
  let quotient = select(2.0 * e, size * square, is_near_zero) / select(1.0 + e, near_zero, is_near_zero);
  let y = select(size - 1.0, Float(0.0), is_near_zero) + quotient;
  let signed = bitcast<Float>(bitcast<Bits>(y) | (bitcast<Bits>(x) & Bits(SIGN)));
  return select(signed, x, is_nan(x));
}

// dx = dy * tanh(x)^2
fn backward(x: Float, dy: Float) -> Float {
  let y = hyperbolic_tangent(x);
  return select(dy * y * y, x, is_nan(x));
}
