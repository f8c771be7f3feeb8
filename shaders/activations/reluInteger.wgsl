// relu(x) = max(x, 0), for elements that are int32: the bits of a Float are those of the integer
fn forward(x: Float) -> Float {
  return positive_part(x);
}

// dx = dy where x > 0, else 0
fn backward(x: Float, dy: Float) -> Float {
  return through_gate(is_open(x), dy);
}

fn is_open(x: Float) -> Flags {
  return bitcast<SignedBits>(x) > SignedBits(0);
}

fn through_gate(open: Flags, dy: Float) -> Float {
  return select(Float(0.0), dy, open);
}

// y > 0 where x > 0.
fn backward_from_y(y: Float, dy: Float) -> Float {
  return backward(y, dy);
}
