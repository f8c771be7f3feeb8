// hardSigmoid(x) = min(max(0.2 x + 0.5, 0), 1), as Keras has it
// NaN passes with its payload.
const HALF_WIDTH = 0x40200000u;

fn forward(x: Float) -> Float {
  return select(clamp(0.2 * x + 0.5, Float(0.0), Float(1.0)), x, is_nan(x));
}

// dx = 0.2 dy where -2.5 < x < 2.5, else +0, at NaN too.
fn backward(x: Float, dy: Float) -> Float {
  return select(Float(0.0), 0.2 * dy, magnitude(x) < Bits(HALF_WIDTH));
}
