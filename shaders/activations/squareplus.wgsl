// squareplus(x) = (x + sqrt(x^2 + b)) / 2
// b is in parameters.x, its square root c in parameters.y, and 1 / c, or 0 where c is 0, in parameters.z.
//
// x^2 could overflow or underflow, and x + sqrt(x^2 + b) cancel below zero. So the root is that of 1 + ratio^2, with
// ratio the smaller over the larger of |x| and c, and below zero the function is b / 2 over the sum of |x| and the
// root.

struct Root {
  // |x| / c where |x| < c; the square of this ratio, or elsewhere of c / |x|.
  ratio: Float,
  square: Float,
  // sqrt(1 + square) - 1
  excess: Float,
  is_near: Flags,
}

fn root_of(x: Float) -> Root {
  let size = bounded_magnitude(x, 0x1.fffffep127);
  let is_near = magnitude(x) < Bits(bitcast<u32>(parameters.y));
  let ratio = size * parameters.z;
  // Not as the square of c / |x|, which would be rounded three times before.
  let divisor = normal_part(size);
  let square = select(parameters.x / divisor / divisor, ratio * ratio, is_near);
  // A quotient, because the difference sqrt(1 + square) - 1 would cancel and keep the whole error of sqrt.
  return Root(ratio, square, square / (1.0 + sqrt(1.0 + square)), is_near);
}

// Replaces a subnormal, which a driver may flush to zero, by the smallest normal number. The results are the same.
fn normal_part(size: Float) -> Float {
  return bitcast<Float>(max(bitcast<Bits>(size), Bits(SMALLEST_NORMAL)));
}

// NaN passes with its payload; -Infinity goes to 0.
fn forward(x: Float) -> Float {
  let root = root_of(x);
  let size = bounded_magnitude(x, 0x1.fffffep127);
  let is_above = is_positive(x);
  let half = 0.5 * parameters.y;
  let total = root.ratio + (1.0 + root.excess);
  // A sum of |x|, and not half of a sum, because twice the largest x would overflow.
  let above = select(size + size * (0.5 * root.excess), half * total, root.is_near);
  let dividend = select(parameters.x / normal_part(size), Float(half), root.is_near);
  let below = dividend / select(4.0 + 2.0 * root.excess, total, root.is_near);
  let is_end = magnitude(x) >= Bits(INFINITY);
  return select(select(below, above, is_above), select(x, Float(0.0), is_negative(x)), is_end);
}

// dx = dy * (1 + x / sqrt(x^2 + b)) / 2; with b = 0 it is 0 at 0.
fn backward(x: Float, dy: Float) -> Float {
  let root = root_of(x);
  let length = 1.0 + root.excess;
  let dividend = select(root.square, Float(1.0), root.is_near);
  let below = dividend / (length * select(4.0 + 2.0 * root.excess, 2.0 * (length + root.ratio), root.is_near));
  let slope = select(below, Float(0.0), magnitude(x) == Bits(INFINITY));
  return select(dy * select(slope, 1.0 - slope, is_positive(x)), x, is_nan(x));
}

// dx = dy * u^2 / (u^2 + 1) with u = 2 y / c
fn backward_from_y(y: Float, dy: Float) -> Float {
  let size = bounded_magnitude(y, 0x1.fffffep127);
  let half = 0.5 * parameters.y;
  let is_near = magnitude(y) <= Bits(bitcast<u32>(half));
  let ratio = select(half / normal_part(size), size * (2.0 * parameters.z), is_near);
  let square = ratio * ratio;
  return select(dy * (select(Float(1.0), square, is_near) / (1.0 + square)), y, is_nan(y));
}
