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
    return multiply_lanes(product, a, b, needs_exact, goes_to_limit);
  }
  any_needs_exact = any_needs_exact || any(needs_exact);
  return product;
}

// Replaces the lanes of a product that need it, one at a time: a rare path over four lanes at once would need more
// registers than the common one, and a GPU then holds fewer waves of the common one too.
fn multiply_lanes(product: Float, a: Float, b: Float, needs_exact: Flags, goes_to_limit: bool) -> Float {
  var settled = bitcast<Bits>(product);
  var words_a = bitcast<Bits>(a);
  var words_b = bitcast<Bits>(b);
  var needed = select(Bits(0u), Bits(1u), needs_exact);
  for (var lane = 0u; lane < LANES; lane++) {
    let exact = multiply_words(first_lane(words_a), first_lane(words_b), goes_to_limit);
    settled = rotated(settled, select(first_lane(settled), exact, first_lane(needed) != 0u));
    words_a = rotated(words_a, 0u);
    words_b = rotated(words_b, 0u);
    needed = rotated(needed, 0u);
  }
  return bitcast<Float>(settled);
}

// The exact product in integers. Requires that a is finite, and that neither factor is zero unless b is infinite.
fn multiply_words(word_a: u32, word_b: u32, goes_to_limit: bool) -> u32 {
  let magnitude_a = word_a & MAGNITUDE;
  let magnitude_b = word_b & MAGNITUDE;
  let sign = (word_a ^ word_b) & SIGN;
  let scaled_a = times_2_to_149(magnitude_a);
  let scaled_b = times_2_to_149(magnitude_b);

  // 24 by 24 bits, a byte at a time: 24 by 8 bits are 32, and have room for the upper 24 bits of the sum so far.
  let significand_a = (scaled_a & 0x007fffffu) | SMALLEST_NORMAL;
  let significand_b = (scaled_b & 0x007fffffu) | SMALLEST_NORMAL;
  let low = significand_a * (significand_b & 0xffu);
  let middle = significand_a * ((significand_b >> 8u) & 0xffu) + (low >> 8u);
  let high = significand_a * (significand_b >> 16u) + (middle >> 8u);
  // The top 31 of 48 bits. The lowest is sticky: it is set when any bit below is set, so that ties stay ties.
  let top = (high >> 1u) | select(0u, 1u, ((high & 1u) | ((middle | low) & 0xffu)) != 0u);

  // Shifts until 24 bits remain, or to the last subnormal place if that is further, and rounds to nearest even.
  let exponent = (scaled_a >> 23u) + (scaled_b >> 23u);
  let place = max(exponent + select(6u, 7u, top >= 0x40000000u), 432u);
  let shift = min(place - exponent, 31u);
  let is_odd = (top >> shift) & 1u;
  let rounded = (top + (1u << (shift - 1u)) - 1u + is_odd) >> shift;
  let finite = select(min(rounded + ((place - 432u) << 23u), INFINITY), 0u, place - exponent > 31u);

  let by_infinity = max(magnitude_a, magnitude_b) == INFINITY;
  let by_zero = min(magnitude_a, magnitude_b) == 0u;
  let number = sign | select(finite, INFINITY, by_infinity);
  let made = select(number, select(QUIET_NAN, sign, goes_to_limit), by_infinity & by_zero);
  return select(made, word_b, magnitude_b > INFINITY);
}

// The bits of x * 2^149 as a float with an exponent of 9 bits, of which a subnormal x has a full significand too.
fn times_2_to_149(size: u32) -> u32 {
  return select(size + (149u << 23u), bitcast<u32>(f32(size)), size < SMALLEST_NORMAL);
}
