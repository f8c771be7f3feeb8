// Comparisons with a bound on the bits, because drivers flush subnormals in float comparisons.

// Maps floats to integers of the same order, subnormals included: -0 is right below +0, and NaN at both ends.
fn sortable(x: Float) -> Bits {
  let bits = bitcast<Bits>(x);
  return bits ^ select(Bits(SIGN), Bits(0xffffffffu), bits >= Bits(SIGN));
}

// x > bound and x < bound. Zeros are equal; the sign of a NaN makes it above or below.
fn is_above(x: Float, bound: f32) -> Flags {
  return sortable(x) > select(sortable(Float(bound)), Bits(SIGN), is_zero(bound));
}

fn is_below(x: Float, bound: f32) -> Flags {
  return sortable(x) < select(sortable(Float(bound)), Bits(MAGNITUDE), is_zero(bound));
}

fn is_zero(x: f32) -> bool {
  return (bitcast<u32>(x) << 1u) == 0u;
}
