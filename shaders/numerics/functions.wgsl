// Functions under the names that users' definitions know, for every input: where WGSL has a function of the name, this one
// takes its place, because WGSL leaves the accuracy of exp, log and tanh open, and drivers lose NaN and all digits near zero.
// Within 4 ULP where the result is normal; a subnormal result may be flushed. NaN stays NaN.

fn exp(x: Float) -> Float {
  let parts = exponential(bounded_above(bounded_below(x, -110.0), 89.0));
  // Two factors, because the exponent may be 128, and below -126.
  let half = floor(0.5 * parts.exponent);
  let y = (1.0 + parts.fraction) * power_of_two(half) * power_of_two(parts.exponent - half);
  return select(y, x, is_nan(x));
}

// e^x - 1: x itself up to 2^-25. The exponent is lowered by 1, because it may be 128.
fn expm1(x: Float) -> Float {
  let parts = exponential(bounded_above(bounded_below(x, -30.0), 89.0));
  let half = power_of_two(parts.exponent - 1.0);
  let y = 2.0 * (parts.fraction * half + (half - 0.5));
  return select(y, x, is_nan(x) | (magnitude(x) < Bits(RESULT_IS_X)));
}

// 2^-25, up to which e^x - 1 and log(1 + x) round to x or its neighbour.
const RESULT_IS_X = 0x33000000u;

// x = m * 2^n with m in [2/3, 4/3), and log(x) = n log(2) + log(m)
fn log(x: Float) -> Float {
  // A subnormal counts units of 2^-149, as an integer, because drivers flush it in products.
  let is_small = magnitude(x) < Bits(SMALLEST_NORMAL);
  let bits = bitcast<SignedBits>(select(x, Float(magnitude(x)), is_small));
  let exponent = (bits - SignedBits(TWO_THIRDS)) >> Bits(23u);
  let n = Float(exponent) - select(Float(0.0), Float(149.0), is_small);
  let of_fraction = log_near_one(bitcast<Float>(bits - (exponent << Bits(23u))));
  // The mask hides the common factor of the two products, as in exponential.wgsl.
  let same_n = bitcast<Float>(bitcast<Bits>(n) & Bits(0xffff0000u));
  let y = n * LN2_HIGH + (same_n * LN2_LOW + of_fraction);
  let at_zero = select(y, bitcast<Float>(Bits(0xff800000u) | magnitude(x)), magnitude(x) == Bits(0u));
  let below = select(at_zero, bitcast<Float>(Bits(QUIET_NAN) | bitcast<Bits>(x)), is_negative(x));
  return select(below, x, (magnitude(x) >= Bits(INFINITY)) & !is_negative(x));
}

const TWO_THIRDS = 0x3f2aaaab;

// log(m) for m from 1/2 to 2, where m - 1 is exact.
fn log_near_one(m: Float) -> Float {
  return signed_log_one_plus(m - 1.0, m);
}

// log(1 + t) for t from -1/2 to 1, from t and the rounded sum 1 + t: below 0 it is -log(1 + s) with s = -t / (1 + t).
fn signed_log_one_plus(t: Float, sum: Float) -> Float {
  let is_below_zero = t < Float(0.0);
  let s = select(t, -t / sum, is_below_zero);
  let y = s * log_one_plus_over(s);
  return select(y, -y, is_below_zero);
}

// x itself up to 2^-25.
fn log1p(x: Float) -> Float {
  let sum = 1.0 + x;
  let is_near = (x >= Float(-0.5)) & (x <= Float(1.0));
  let y = select(log(sum), signed_log_one_plus(x, sum), is_near);
  return select(y, x, is_nan(x) | (magnitude(x) < Bits(RESULT_IS_X)));
}

fn tanh(x: Float) -> Float {
  return hyperbolic_tangent(x);
}

// 1 / (1 + e^-x)
fn sigmoid(x: Float) -> Float {
  return select(over_one_plus(Float(1.0), exponential(-bounded_above(bounded_below(x, -110.0), 60.0))), x, is_nan(x));
}

// log(1 + e^x) = max(x, 0) + log(1 + e^-|x|)
fn softplus(x: Float) -> Float {
  let decay = exponential(-bounded_magnitude(x, 104.0));
  let e = (1.0 + decay.fraction) * power_of_two(bounded_below(decay.exponent, -127.0));
  return select(positive_part(x) + e * log_one_plus_over(e), x, is_nan(x));
}
