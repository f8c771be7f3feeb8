// leakyRelu(x) = x > 0 ? x : alpha * x, with alpha in parameters.x, and the largest |x| that needs an exact product in
// parameters.y
// NaN passes with its payload. With alpha = 0, -Infinity goes to the limit, 0, where 0 * -Infinity would make NaN.
fn forward(x: Float) -> Float {
  // A positive NaN passes either way, so one comparison is enough.
  return select(scale_to_limit(parameters.x, parameters.y, x), x, bitcast<SignedBits>(x) > SignedBits(0));
}

// dx = dy where x > 0, else alpha * dy, at 0 and at NaN too.
fn backward(x: Float, dy: Float) -> Float {
  return through_gate(is_open(x), dy);
}

fn is_open(x: Float) -> Flags {
  return is_positive(x);
}

fn through_gate(open: Flags, dy: Float) -> Float {
  return select(scale(parameters.x, parameters.y, dy), dy, open);
}

// For alpha >= 0, so that y > 0 exactly where x > 0.
fn backward_from_y(y: Float, dy: Float) -> Float {
  return backward(y, dy);
}
