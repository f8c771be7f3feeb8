// The scaled tail of the standard normal distribution, g(t) = e^(t^2 / 2) Phi(-t), for 0 <= t <= 18.9: a quotient of
// polynomials with positive coefficients, so that nothing cancels; relative error 2^-25.8 (minimax.py).
fn normal_tail(t: Float) -> Float {
  let numerator = 1.0 + t * tail_slope(t);
  return numerator / tail_denominator(t, t * numerator);
}

// t g(t), with fewer roundings.
fn times_normal_tail(t: Float) -> Float {
  let product = t + t * t * tail_slope(t);
  return product / tail_denominator(t, product);
}

// (numerator - 1) / t
fn tail_slope(t: Float) -> Float {
  return (0.89097154 + 0.37723148 * t) + t * t * (0.0849225 + 0.008782488 * t);
}

fn tail_denominator(t: Float, product: Float) -> Float {
  let t2 = t * t;
  let slope = (1.3777133 + 0.66753143 * t) + t2 * ((0.21290681 + 0.04303275 * t) + 0.0044493177 * t2);
  return (2.0 * product + t * slope) + 2.0;
}
