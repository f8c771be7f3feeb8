// Predicates with the same results on every driver. Drivers flush subnormals in comparisons and products, and fold
// `x != x` to false, so these functions decide on the bits.

const MAGNITUDE = 0x7fffffffu;
const SIGN = 0x80000000u;
const INFINITY = 0x7f800000u;
const QUIET_NAN = 0x7fc00000u;
const SMALLEST_NORMAL = 0x00800000u;

// Compares signed integers, because CPUs have instructions for them. Sets the sign instead of clearing it, because
// compilers would otherwise keep magnitude(x) beside x until the end: sigmoid backward had 40 registers on RDNA 2.
fn is_nan(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) | Bits(SIGN)) > SignedBits(-0x00800000);
}

// x > 0, subnormals and Infinity included, NaN not: the sum is too large for a signed integer where x is NaN.
fn is_positive(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) + Bits(0x007fffffu)) > SignedBits(0x007fffff);
}

// x < 0, subnormals and -Infinity included, NaN not: the bits of -0 minus 1 are no negative integer.
fn is_negative(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) - Bits(1u)) < SignedBits(-0x00800000);
}

fn magnitude(x: Float) -> Bits {
  return bitcast<Bits>(x) & Bits(MAGNITUDE);
}

// max(x, 0)
fn positive_part(x: Float) -> Float {
  return bitcast<Float>(max(bitcast<SignedBits>(x), SignedBits(0)));
}
