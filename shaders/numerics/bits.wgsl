// Arithmetic with the same bits on every driver. Drivers flush subnormals when they compare or multiply, and fold
// `x != x` to false, so whatever is delicate is decided on the bits.

const MAGNITUDE = 0x7fffffffu;
const SIGN = 0x80000000u;
const INFINITY = 0x7f800000u;
const QUIET_NAN = 0x7fc00000u;
const SMALLEST_NORMAL = 0x00800000u;

// Compared as signed integers, which CPUs have instructions for.
fn is_nan(x: Float) -> Flags {
  return bitcast<SignedBits>(magnitude(x)) > SignedBits(0x7f800000);
}

// x > 0, subnormals and Infinity included, NaN not: the sum is too large for a signed integer where x is NaN.
fn is_positive(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) + Bits(0x007fffffu)) > SignedBits(0x007fffff);
}

// x < 0, subnormals and -Infinity included, NaN not: what precedes -0 is no negative integer.
fn is_negative(x: Float) -> Flags {
  return bitcast<SignedBits>(bitcast<Bits>(x) - Bits(1u)) < SignedBits(-0x00800000);
}

fn magnitude(x: Float) -> Bits {
  return bitcast<Bits>(x) & Bits(MAGNITUDE);
}

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

// Bounds are set on the bits too: a float min() is one instruction of a GPU, but five on lavapipe, which handles NaN, and
// an integer min() is one on both. NaN becomes a bound or stays NaN.

// min(|x|, bound)
fn bounded_magnitude(x: Float, bound: f32) -> Float {
  return bitcast<Float>(min(magnitude(x), Bits(bitcast<u32>(bound))));
}

// max(x, bound) for a negative bound
fn bounded_below(x: Float, bound: f32) -> Float {
  return bitcast<Float>(min(bitcast<Bits>(x), Bits(bitcast<u32>(bound))));
}

// min(x, bound) for a bound that is not negative
fn bounded_above(x: Float, bound: f32) -> Float {
  return bitcast<Float>(min(bitcast<SignedBits>(x), SignedBits(bitcast<i32>(bound))));
}

// max(x, 0)
fn positive_part(x: Float) -> Float {
  return bitcast<Float>(max(bitcast<SignedBits>(x), SignedBits(0)));
}
