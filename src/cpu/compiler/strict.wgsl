// In place of functions of the same names, for a processor whose arithmetic is that of IEEE 754: subnormals count, comparisons with
// NaN are false, and no compiler rewrites sums.

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

fn remainder(x: Float, exponent: Float, high: f32, low: f32) -> Float {
  return (x - exponent * high) - exponent * low;
}

// Where the exponential is large, all but its last 120 powers of two wait until the factor is in it.
fn over_one_plus(factor: Float, growth: Exponential) -> Float {
  let held = min(growth.exponent, Float(120.0));
  let quotient = factor / ((1.0 + growth.fraction) * power_of_two(held) + 1.0);
  return quotient * power_of_two(held - growth.exponent);
}

// A product is as it should be, but for the bits of its NaN, which depend on the processor.
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

// Of squaredRelu: the bits of a NaN stay.
fn doubled(x: Float) -> Float {
  return select(x + x, x, x != x);
}

// A subnormal factor is as good as any other one.
fn glu_forward(gate: Float, factor: Float) -> Float {
  return forward(gate) * factor;
}

// The host looks them up.
fn slope_of_lanes() -> Float {
  return load_slopes(group_of_lanes);
}
