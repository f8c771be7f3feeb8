// squaredRelu(x) = x > 0 ? x^2 : +0
// NaN passes with its payload.
fn forward(x: Float) -> Float {
  let open = select(Float(0.0), x, is_positive(x));
  return select(scale_lanes(open, open), x, is_nan(x));
}

// dx = 2 x dy where x > 0, rounded once; else +0. NaN where x is NaN.
fn backward(x: Float, dy: Float) -> Float {
  // Doubling dy where x > 1, and else x, overflows only where the product does.
  let is_large = x > Float(1.0);
  let open = select(Float(1.0), x, is_positive(x));
  let product = scale_lanes(select(doubled(open), open, is_large), select(dy, doubled(dy), is_large));
  return select(select(Float(0.0), product, is_positive(x)), x, is_nan(x));
}

fn doubled(x: Float) -> Float {
  let bits = magnitude(x);
  return select(x + x, bitcast<Float>(bitcast<Bits>(x) + bits), bits < Bits(SMALLEST_NORMAL));
}
