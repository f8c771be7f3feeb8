// relu6(x) = min(max(x, 0), 6)
// Decided on the bits, as relu: NaN and -0 pass.
const SIX = 0x40c00000u;

fn forward(x: Float) -> Float {
  let below_negative_zero = (bitcast<Bits>(x) - Bits(0x80000001u)) < Bits(INFINITY);
  let above_six = (bitcast<Bits>(x) - Bits(SIX)) <= Bits(INFINITY - SIX);
  return select(select(x, Float(0.0), below_negative_zero), Float(6.0), above_six);
}

// dx = dy where 0 < x < 6, else +0, at NaN too. The gate of y is that of x: y is x between the bounds, and a bound
// elsewhere.
fn is_open(x: Float) -> Flags {
  return (bitcast<Bits>(x) - Bits(1u)) < Bits(SIX - 1u);
}
