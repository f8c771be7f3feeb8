// Replaces functions of the same names, for processors with IEEE 754 arithmetic: subnormals are not flushed,
// comparisons with NaN are false, and no compiler reorders sums.

fn is_nan(x: Float) -> Flags {
  return x != x;
}

fn is_positive(x: Float) -> Flags {
  return x > Float(0.0);
}

fn is_above(x: Float, bound: f32) -> Flags {
  return x > Float(bound);
}

fn is_below(x: Float, bound: f32) -> Flags {
  return x < Float(bound);
}

fn is_within(x: Float, low: f32, high: f32) -> Flags {
  return (x >= Float(low)) & (x <= Float(high));
}

// The difference of two numbers has the right sign.
fn is_on_slope(t: Float) -> Flags {
  return (((t - parameters.y) - parameters.z) > Float(0.0)) & (t < Float(parameters.w));
}

fn remainder(x: Float, exponent: Float, high: f32, low: f32) -> Float {
  return (x - exponent * high) - exponent * low;
}

// The powers of two of a large exponential beyond 2^120 are multiplied last, so that it does not overflow and no tail
// is lost.
fn over_one_plus(factor: Float, growth: Exponential) -> Float {
  let held = min(growth.exponent, Float(120.0));
  let quotient = factor / ((1.0 + growth.fraction) * power_of_two(held) + 1.0);
  return quotient * power_of_two(held - growth.exponent);
}

// Only the bits of a NaN need the careful computation, because they depend on the processor.
fn settle(product: Float, a: Float, b: Float, needs_exact: Flags, goes_to_limit: bool) -> Float {
  let is_made = product != product;
  if (careful) {
    let sign = (bitcast<Bits>(a) ^ bitcast<Bits>(b)) & Bits(SIGN);
    let made = bitcast<Float>(select(Bits(QUIET_NAN), sign, goes_to_limit));
    return select(select(product, made, is_made), b, b != b);
  }
  any_needs_exact = any_needs_exact || any(is_made);
  return product;
}

// For squaredRelu: keeps the bits of a NaN.
fn doubled(x: Float) -> Float {
  return select(x + x, x, x != x);
}

// Subnormal factors need no special case.
fn glu_forward(gate: Float, factor: Float) -> Float {
  return forward(gate) * factor;
}

// The host provides the slopes as a tensor.
fn slope_of_lanes() -> Float {
  return load_slopes(vector_index);
}
