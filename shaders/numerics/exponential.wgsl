// The exponential function. It comes in parts, so that whoever needs e^x - 1, or multiplies a tail by something large,
// can put them together without losing digits or flushing early: e^x = (1 + fraction) * 2^exponent.
struct Exponential {
  // Within [-0.3, 0.42].
  fraction: Float,
  // An integer.
  exponent: Float,
}

const LOG2_E = 1.44269504088896341;
// ln(2) as the sum of 355/512, whose products with small integers are exact, and the rest (Cody and Waite, "Software Manual
// for the Elementary Functions", 1980).
const LN2_HIGH = 0.693359375;
const LN2_LOW = -2.12194440054690583e-4;

// For |x| <= 177.
fn exponential(x: Float) -> Exponential {
  let exponent = round(x * LOG2_E);
  return Exponential(exponential_near_zero(remainder(x, exponent, LN2_HIGH, LN2_LOW)), exponent);
}

// e^(high + low), for an argument that has been rounded: `low` is its rounding error.
fn exponential_of_sum(high: Float, low: Float) -> Exponential {
  let exponent = round((high + low) * LOG2_E);
  return Exponential(exponential_near_zero(remainder(high, exponent, LN2_HIGH, LN2_LOW) + low), exponent);
}

// e^(rate x), where the product would be rounded. Reduced by ln(2) / rate, which is given as a sum of two, the first with 16
// significant bits.
fn exponential_at_rate(x: Float, rate: f32, period_high: f32, period_low: f32) -> Exponential {
  let exponent = round(x * (rate * LOG2_E));
  return Exponential(exponential_near_zero(remainder(x, exponent, period_high, period_low) * rate), exponent);
}

// x - exponent * (high + low). The mask changes nothing, for an exponent has 8 bits, but it hides that both products have a
// common factor: lavapipe (Mesa 25) would make one product of them, and e^-130 be off by 100 ULP.
fn remainder(x: Float, exponent: Float, high: f32, low: f32) -> Float {
  let same_exponent = bitcast<Float>(bitcast<Bits>(exponent) & Bits(0xffff0000u));
  return (x - exponent * high) - same_exponent * low;
}

// The first 12 significant bits: products of two such numbers are exact, however a compiler fuses them.
fn leading_bits(x: Float) -> Float {
  return bitcast<Float>(bitcast<Bits>(x) & Bits(0xfffff000u));
}

// e^r - 1 for |r| <= 0.35. The polynomial's relative error is 2^-26 (minimax.py). Here and elsewhere pairs of terms are added
// up first (Estrin's scheme): a processor works on several at a time, where Horner's waits for each.
fn exponential_near_zero(r: Float) -> Float {
  let r2 = r * r;
  let q = (0.49999997 + 0.16666542 * r) + r2 * ((0.04166743 + 0.0083668735 * r) + 0.0013871858 * r2);
  return r + r2 * q;
}

// 2^n for an integer n from -126 to 127; 0 for -127.
fn power_of_two(n: Float) -> Float {
  // The sum has n + 127 in its last bits, and the shift makes them an exponent.
  return bitcast<Float>(bitcast<Bits>(n + 12583039.0) << Bits(23u));
}

// 2^n for an integer n from -246 to 127, and 0 for -247, in two factors: the first stays in the middle of float32, so that a
// derivative it is part of is a normal number; the rest, 1 for most, comes last.
struct Power {
  first: Float,
  rest: Float,
}

fn power(n: Float) -> Power {
  let held = bounded_below(n, -120.0);
  return Power(power_of_two(held), power_of_two(n - held));
}
