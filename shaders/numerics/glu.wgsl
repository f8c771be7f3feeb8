// The functions of a GLU, from forward() and backward() of its activation. A product of two factors may overflow or
// underflow, or a driver may flush a subnormal factor, though the final result is a normal number. Such products need
// exact arithmetic: exact-product.wgsl, or separate significands and exponents.

// 2^-96 and 2^96: an upstream gradient outside could overflow or underflow within backward().
const LEAST_GRADIENT = 0x0f800000u;
const LARGEST_GRADIENT = 0x6f800000u;

// f(gate) * factor: y, and with dy for the factor dUp.
fn glu_forward(gate: Float, factor: Float) -> Float {
  let value = forward(gate);
  let product = value * factor;
  let needs_exact = needs_exact_glu(value, factor, product, SMALLEST_NORMAL, INFINITY);
  return settle(product, value, factor, needs_exact, false);
}

// dy * up * f'(gate): dGate.
fn gate_gradient(gate: Float, up: Float, dy: Float) -> Float {
  let product = dy * up;
  let needs_exact = needs_exact_glu(dy, up, product, LEAST_GRADIENT, LARGEST_GRADIENT);
  if (careful) {
    // The derivative is multiplied by as much of the exponent as float32 holds, and the gradient by the rest.
    let exponent = exponent_of(dy) + exponent_of(up);
    let held = min(max(exponent, Bits(456u)), Bits(648u));
    let rest = exponent + Bits(254u) - held;
    let upstream = significand_of(dy) * significand_of(up) * bitcast<Float>((held - Bits(425u)) << Bits(23u));
    let gradient = backward(gate, select(product, upstream, needs_exact));
    return select(gradient, times_power(gradient, rest), needs_exact);
  }
  any_needs_exact = any_needs_exact || any(needs_exact);
  return backward(gate, product);
}

// Tells whether the product of two finite nonzero numbers is outside of these magnitudes.
fn needs_exact_glu(a: Float, b: Float, product: Float, least: u32, end: u32) -> Flags {
  return is_outside(product, least, end) & !(is_outside(a, 1u, INFINITY) | is_outside(b, 1u, INFINITY));
}

fn is_outside(x: Float, least: u32, end: u32) -> Flags {
  return (magnitude(x) - Bits(least)) >= Bits(end - least);
}

// The significand of x, in [1, 2) with the sign of x: x = significand * 2^(exponent - 276), for finite nonzero x.
fn significand_of(x: Float) -> Float {
  return bitcast<Float>((bitcast<Bits>(x) & Bits(SIGN)) | (scaled_bits(x) & Bits(0x007fffffu)) | Bits(0x3f800000u));
}

fn exponent_of(x: Float) -> Bits {
  return scaled_bits(x) >> Bits(23u);
}

// The bits of |x| * 2^149 as a float with an exponent of 9 bits, of which a subnormal x has a full significand too.
fn scaled_bits(x: Float) -> Bits {
  return select(magnitude(x) + Bits(149u << 23u), bitcast<Bits>(Float(magnitude(x))), magnitude(x) < Bits(SMALLEST_NORMAL));
}

// x * 2^(exponent - 254), by two factors that are both normal, for exponents from 2 to 508.
fn times_power(x: Float, exponent: Bits) -> Float {
  let half = exponent >> Bits(1u);
  return x * bitcast<Float>(half << Bits(23u)) * bitcast<Float>((exponent - half) << Bits(23u));
}
