// log(1 + t) / t for 0 <= t <= 1. The polynomial's relative error is 2^-27.5 (minimax.py).
fn log_one_plus_over(t: Float) -> Float {
  let t2 = t * t;
  let t4 = t2 * t2;
  let low = (1.0 - 0.4999993 * t) + t2 * (0.33330464 - 0.24958019 * t);
  let middle = (0.19692102 - 0.1534488 * t) + t2 * (0.10661128 - 0.05745723 * t);
  let high = 0.020086242 - 0.0032904686 * t;
  return low + t4 * (middle + t4 * high);
}
