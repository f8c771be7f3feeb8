// log(1 + t) / t for 0 <= t <= 1. The polynomial's relative error is 2^-27.5 (minimax.py).
fn log_one_plus_over(t: Float) -> Float {
  let t2 = t * t;
  let low = (0.4999993 - 0.33330464 * t) + t2 * (0.24958019 - 0.19692102 * t);
  let high = (0.1534488 - 0.10661128 * t) + t2 * ((0.05745723 - 0.020086242 * t) + 0.0032904686 * t2);
  return 1.0 - t * (low + t2 * t2 * high);
}
