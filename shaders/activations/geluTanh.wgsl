// gelu(x) = 0.5 x (1 + tanh(u)) = x * sigmoid(2u), with 2u = x (LINEAR + CUBIC x^2), LINEAR = 2 sqrt(2 / pi) and
// CUBIC = 0.044715 LINEAR.
const LINEAR_HIGH = 1.595703125;
const LINEAR_LOW = 0.00006599660573081145;
const CUBIC_HIGH = 0.07135009765625;
const CUBIC_LOW = 0.000004718616350249394;

// e^(-2u), for |x| <= 12.83. The exponential magnifies an error of 2u, so each intermediate is a sum of two parts, of
// which the first has few enough bits to be exact.
fn decay_of(x: Float) -> Exponential {
  let high = leading_bits(x);
  let low = x - high;
  let square = high * high;
  let square_high = leading_bits(square);
  let square_low = (square - square_high) + (x + high) * low;
  let cubic = square_high * CUBIC_HIGH;
  let cubic_low = square_low * CUBIC_HIGH + (x * x * CUBIC_LOW + LINEAR_LOW);
  let slope_high = leading_bits(LINEAR_HIGH + cubic);
  let slope_low = ((LINEAR_HIGH - slope_high) + cubic) + cubic_low;
  return exponential_of_sum(-high * slope_high, -(low * slope_high + x * slope_low));
}

// From -10.9 down the result rounds to zero.
fn forward(x: Float) -> Float {
  let bounded = bounded_below(x, -10.9);
  return select(over_one_plus(bounded, decay_of(bounded_above(bounded, 8.0))), x, is_nan(x));
}

// dx = dy * (s + x 2u' s (1 - s)) with s = sigmoid(2u) and u' the derivative of u
// Bounds x twice, for the sake of registers, as silu.wgsl does.
fn backward(x: Float, dy: Float) -> Float {
  let decay = decay_of(bounded_magnitude(x, 12.83));
  let bounded = bounded_above(bounded_below(x, -12.83), 12.83);
  let relief = bounded * (LINEAR_HIGH + LINEAR_LOW + 3.0 * (CUBIC_HIGH + CUBIC_LOW) * bounded * bounded);
  return select(times_swish_derivative(dy, relief, decay, x < Float(0.0)), x, is_nan(x));
}
