// log(1 + t) / t for 0 <= t <= 1: 1 - (t - s^2 W(s^2)) / (2 + t) with s = t / (2 + t), the odd series of the logarithm
// (Abramowitz and Stegun 4.1.27) with a minimax W; relative error of t times this 2^-27.7 (minimax.py).
fn log_one_plus_over(t: Float) -> Float {
  let reciprocal = 1.0 / (2.0 + t);
  let s = t * reciprocal;
  let z = s * s;
  let w = ((0.28006777 * z + 0.28003025) * z + 0.40021437) * z + 0.6666642;
  return 1.0 - (t - z * w) * reciprocal;
}
