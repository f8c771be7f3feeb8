// hardSigmoid(x) = min(max(x + 3, 0), 6) / 6
// NaN passes with its payload.
const THREE = 0x40400000u;

fn forward(x: Float) -> Float {
  return select(bounded_above(positive_part(x + 3.0), 6.0) / 6.0, x, is_nan(x));
}

// dx = dy / 6 where -3 < x < 3, else +0, at NaN too.
fn backward(x: Float, dy: Float) -> Float {
  return select(Float(0.0), dy / 6.0, magnitude(x) < Bits(THREE));
}
