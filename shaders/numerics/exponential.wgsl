// The exponential function in two parts, e^x = (1 + fraction) * 2^exponent, so that callers can compute e^x - 1, or the
// product of a tail with a large factor, without cancellation or an early flush.
struct Exponential {
  // Within [-0.3, 0.42].
  fraction: Float,
  // An integer.
  exponent: Float,
}

const LOG2_E = 1.44269504088896341;
// ln(2) as the sum of 355/512, whose products with small integers are exact, and the rest (Cody and Waite, "Software
// Manual for the Elementary Functions", 1980).
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440054690583e-4;

// For |x| <= 177.
fn exponential(x: Float) -> Exponential {
  let exponent = round(x * LOG2_E);
  return Exponential(exponential_near_zero(remainder(x, exponent, LN2_HIGH, LN2_LOW)), exponent);
}

// e^(high + low), where `high` is a rounded argument and `low` its rounding error.
fn exponential_of_sum(high: Float, low: Float) -> Exponential {
  let exponent = round((high + low) * LOG2_E);
  return Exponential(exponential_near_zero(remainder(high, exponent, LN2_HIGH, LN2_LOW) + low), exponent);
}

// e^(rate x), without the rounding of the product: the argument is reduced by ln(2) / rate, as a sum of two periods, of
// which the first has 16 significant bits.
fn exponential_at_rate(x: Float, rate: f32, period_high: f32, period_low: f32) -> Exponential {
  let exponent = round(x * (rate * LOG2_E));
  return Exponential(exponential_near_zero(remainder(x, exponent, period_high, period_low) * rate), exponent);
}

// x - exponent * (high + low). The mask changes no value, because an exponent has 8 bits. It hides the common factor of
// the two products: lavapipe (Mesa 25) would fuse them into one, and e^-130 be off by 100 ULP.
fn remainder(x: Float, exponent: Float, high: f32, low: f32) -> Float {
  let same_exponent = bitcast<Float>(bitcast<Bits>(exponent) & Bits(0xffff0000u));
  return (x - exponent * high) - same_exponent * low;
}

// The first 12 significant bits of x. Products of two such numbers are exact, with and without fused multiply-add.
fn leading_bits(x: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(x) & Bits(0xfffff000u));
}

// e^r - 1 for |r| <= 0.35. The polynomial's relative error is 2^-26 (minimax.py). Polynomials here use Estrin's scheme,
// because its terms are independent instructions, where Horner's scheme is one chain of dependent ones.
fn exponential_near_zero(r: Float) -> Float {
  let r2 = r * r;
  let q = (0.49999997 + 0.16666542 * r) + r2 * ((0.04166743 + 0.0083668735 * r) + 0.0013871858 * r2);
  return r + r2 * q;
}

// 2^n for an integer n from -126 to 127; 0 for -127.
fn power_of_two(n: Float) -> Float {
  // The sum has n + 127 in its last bits, and the shift moves them to the exponent.
  return bitcast<Float>(bitcast<Bits>(n + 12583039.0) << Bits(23u));
}

// 2^n for an integer n from -246 to 127, and 0 for -247, in two factors. The first stays in the middle of float32's
// range, so that a derivative with this factor is normal; `rest`, mostly 1, is multiplied last.
struct Power {
  first: Float,
  rest: Float,
}

fn power(n: Float) -> Power {
  let held = bounded_below(n, -120.0);
  return Power(power_of_two(held), power_of_two(n - held));
}
