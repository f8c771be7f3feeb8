// quickGelu(x) = x * sigmoid(1.702 x)
const FACTOR = 1.702;
// ln(2) / FACTOR, with FACTOR in float32, as a sum of two, of which the first has 16 significant bits.
const PERIOD_HIGH = 0.40724945068359375;
const PERIOD_LOW = 5.05673533546247e-06;

// e^(-1.702 x), for |x| <= 100.58
fn decay_of(x: Float) -> Exponential {
  return exponential_at_rate(-x, FACTOR, PERIOD_HIGH, PERIOD_LOW);
}

// From -64.6 down the result rounds to zero.
fn forward(x: Float) -> Float {
  let bounded = bounded_below(x, -64.6);
  return select(over_one_plus(bounded, decay_of(bounded_above(bounded, 35.0))), x, is_nan(x));
}

// dx = dy * (s + 1.702 x s (1 - s)) with s = sigmoid(1.702 x)
// Bounds x twice, for the sake of registers, as silu.wgsl does.
fn backward(x: Float, dy: Float) -> Float {
  let decay = decay_of(bounded_magnitude(x, 100.58));
  let relief = bounded_above(bounded_below(x, -100.58), 100.58) * FACTOR;
  return select(times_swish_derivative(dy, relief, decay, x < Float(0.0)), x, is_nan(x));
}
