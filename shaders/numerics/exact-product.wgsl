// a * b for finite a, rounded once to nearest even, subnormals included. A NaN in b passes with its payload.
// 0 * Infinity is the quiet NaN or, with `goes_to_limit`, a zero with the sign of the product. Drivers agree on every
// product that is normal, infinite, or by zero.
//
// The fast product can be wrong where a driver flushes subnormals: for |b| up to `largest_needing_exact`. Those lanes
// are recomputed in integers. The comparisons are of signed integers, because CPUs have instructions for them.
fn scale(a: f32, largest_needing_exact: f32, b: Float) -> Float {
  return settle(a * b, Float(a), b, needs_exact_scaled(largest_needing_exact, b), false);
}

fn scale_to_limit(a: f32, largest_needing_exact: f32, b: Float) -> Float {
  return settle(a * b, Float(a), b, needs_exact_scaled(largest_needing_exact, b), true);
}

fn needs_exact_scaled(largest_needing_exact: f32, b: Float) -> Flags {
  let size = bitcast<SignedBits>(magnitude(b));
  let is_tiny = (size > SignedBits(0)) & (size <= SignedBits(bitcast<i32>(largest_needing_exact)));
  return is_tiny | (size >= SignedBits(0x7f800000));
}

// The same for a vector a, where the magnitude of the product decides.
fn scale_lanes(a: Float, b: Float) -> Float {
  return settle(a * b, a, b, needs_exact_product(a, b), false);
}

fn scale_lanes_to_limit(a: Float, b: Float) -> Float {
  return settle(a * b, a, b, needs_exact_product(a, b), true);
}

fn needs_exact_product(a: Float, b: Float) -> Flags {
  let least = select(Bits(SMALLEST_NORMAL), Bits(0u), (bitcast<Bits>(a) << Bits(1u)) == Bits(0u));
  let is_outside = (magnitude(a * b) - least) > (Bits(INFINITY) - least);
  return is_outside & ((bitcast<Bits>(b) << Bits(1u)) != Bits(0u));
}

fn settle(product: Float, a: Float, b: Float, needs_exact: Flags, goes_to_limit: bool) -> Float {
  if (careful) {
    return select(product, multiply_bits(a, b, goes_to_limit), needs_exact);
  }
  any_needs_exact = any_needs_exact || any(needs_exact);
  return product;
}

// The exact product in integers: 24 by 24 bits, shifted to the last place of the result. Requires that a is finite,
// that neither factor is zero unless b is infinite, and that the product does not overflow.
fn multiply_bits(a: Float, b: Float, goes_to_limit: bool) -> Float {
  let word_a = bitcast<Bits>(a);
  let word_b = bitcast<Bits>(b);
  let magnitude_a = word_a & Bits(MAGNITUDE);
  let magnitude_b = word_b & Bits(MAGNITUDE);
  let sign = (word_a ^ word_b) & Bits(SIGN);

  // A subnormal is shifted up to a full significand. Each exponent has a bias of 32, so that the sum stays unsigned.
  let shift_a = select(Bits(0u), countLeadingZeros(magnitude_a) - Bits(8u), magnitude_a < Bits(SMALLEST_NORMAL));
  let shift_b = select(Bits(0u), countLeadingZeros(magnitude_b) - Bits(8u), magnitude_b < Bits(SMALLEST_NORMAL));
  let significand_a = select((magnitude_a & Bits(0x007fffffu)) | Bits(SMALLEST_NORMAL), magnitude_a << shift_a, shift_a > Bits(0u));
  let significand_b = select((magnitude_b & Bits(0x007fffffu)) | Bits(SMALLEST_NORMAL), magnitude_b << shift_b, shift_b > Bits(0u));
  let exponent = max(magnitude_a >> Bits(23u), Bits(1u)) + max(magnitude_b >> Bits(23u), Bits(1u)) + Bits(64u) - shift_a - shift_b;

  // The product of 48 bits as high * 2^24 + low.
  let a_high = significand_a >> Bits(12u);
  let a_low = significand_a & Bits(0xfffu);
  let b_high = significand_b >> Bits(12u);
  let b_low = significand_b & Bits(0xfffu);
  let middle = a_low * b_high + a_high * b_low;
  let low_sum = a_low * b_low + ((middle & Bits(0xfffu)) << Bits(12u));
  let low = low_sum & Bits(0xffffffu);
  let high = a_high * b_high + (middle >> Bits(12u)) + (low_sum >> Bits(24u));

  // The top 31 bits of the product. The lowest is sticky: it is set when any bit below is set, so that ties stay ties.
  let top = (high << Bits(7u)) | (low >> Bits(17u)) | select(Bits(0u), Bits(1u), (low & Bits(0x1ffffu)) > Bits(0u));

  // Shifts until 24 bits remain, or to the last subnormal place if that is further.
  let normal_place = exponent + select(Bits(23u), Bits(24u), high >= Bits(SMALLEST_NORMAL));
  let place = max(normal_place, Bits(215u));
  let shift = place - exponent - Bits(17u);
  let bounded_shift = min(shift, Bits(31u));
  let quotient = top >> bounded_shift;
  let remainder = top & ((Bits(1u) << bounded_shift) - Bits(1u));
  let half = Bits(1u) << (bounded_shift - Bits(1u));
  let round_up = (remainder > half) | ((remainder == half) & ((quotient & Bits(1u)) == Bits(1u)));
  let rounded = select(quotient, quotient + Bits(1u), round_up) + ((place - Bits(215u)) << Bits(23u));
  let finite = select(rounded, Bits(0u), shift > Bits(31u));

  let by_infinity = max(magnitude_a, magnitude_b) == Bits(INFINITY);
  let by_zero = min(magnitude_a, magnitude_b) == Bits(0u);
  var bits = sign | select(finite, Bits(INFINITY), by_infinity);
  bits = select(bits, select(Bits(QUIET_NAN), sign, goes_to_limit), by_infinity & by_zero);
  bits = select(bits, word_b, magnitude_b > Bits(INFINITY));
  return bitcast<Float>(bits);
}
