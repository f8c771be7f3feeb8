// softsign(x) = x / (1 + |x|)
// x passes with its bits where nothing is left to add, up to 2^-26, and so does NaN.
const TINY = 0x32800000u;

fn forward(x: Float) -> Float {
  // From 2^26 on the quotient rounds to 1, at Infinity too.
  let bounded = bounded_above(bounded_below(x, -0x1p26), 0x1p26);
  let passes = (magnitude(x) - Bits(TINY)) > Bits(INFINITY - TINY);
  return select(bounded / (1.0 + abs(bounded)), x, passes);
}

// dx = dy / (1 + |x|)^2, where the largest finite number replaces an infinite x.
fn backward(x: Float, dy: Float) -> Float {
  let divisor = 1.0 + bounded_magnitude(x, 0x1.fffffep127);
  return select(dy / divisor / divisor, x, is_nan(x));
}
