// Comparisons with a bound, of which drivers would flush a subnormal one.

// Bits that order as the floats do, subnormals included: -0 right below +0, NaN at both ends.
fn sortable(x: Float) -> Bits {
  let bits = bitcast<Bits>(x);
  return bits ^ select(Bits(SIGN), Bits(0xffffffffu), bits >= Bits(SIGN));
}

// x > bound and x < bound. Zeros are equal; NaN is above or below by its sign.
fn is_above(x: Float, bound: f32) -> Flags {
  return sortable(x) > select(sortable(Float(bound)), Bits(SIGN), is_zero(bound));
}

fn is_below(x: Float, bound: f32) -> Flags {
  return sortable(x) < select(sortable(Float(bound)), Bits(MAGNITUDE), is_zero(bound));
}

fn is_zero(x: f32) -> bool {
  return (bitcast<u32>(x) << 1u) == 0u;
}
