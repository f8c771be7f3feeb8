// mish(x) = x * tanh(log(1 + e^x)) = x w / (w + 2) with w = e^x (e^x + 2)
// From -110 down the result rounds to zero. A tail is scaled by 2^32, and back at the end, so that e^x is not flushed
// before the product with x.
fn forward(x: Float) -> Float {
  let bounded = bounded_below(x, -110.0);
  let growth = exponential(bounded_above(bounded, 40.0));
  let is_small = growth.exponent < Float(-60.0);
  let one = select(Float(1.0), Float(0x1p-32), is_small);
  let scale = power_of_two(growth.exponent + select(Float(0.0), Float(32.0), is_small));
  let plus_two = 2.0 + (1.0 + growth.fraction) * scale * one;
  let w = (plus_two + plus_two * growth.fraction) * scale;
  return select(bounded * (w / (2.0 + w * one)) * one, x, is_nan(x));
}

// dx = dy * e^x ((e^x + 2) (w + 2) + 4 x (e^x + 1)) / (w + 2)^2, reduced by the largest power of e^x, so that only
// e = e^-|x| occurs. Bounds x twice, for the sake of registers, as silu.wgsl does.
fn backward(x: Float, dy: Float) -> Float {
  let decay = exponential(-bounded_magnitude(x, 171.2));
  let bounded = bounded_above(bounded_below(x, -171.2), 171.2);
  let scale = power(decay.exponent);
  let e = (1.0 + decay.fraction) * scale.first;
  let is_below_zero = x < Float(0.0);
  let root = select(1.0 + 2.0 * e, 2.0 + e, is_below_zero);
  let denominator = select(root + 2.0 * e * e, 2.0 + e * root, is_below_zero);
  let relief = 4.0 * bounded * (1.0 + e) * select(e * e, Float(1.0), is_below_zero);
  let quotient = (root * denominator + relief) / (denominator * denominator);
  let below = dy * (quotient * e) * scale.rest;
  return select(select(dy * quotient, below, is_below_zero), x, is_nan(x));
}
