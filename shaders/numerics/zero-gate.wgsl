// The gradient of an activation with a gate, is_open(x): dx = dy where it is open, else +0. It selects where a product would do, so
// that a shut gate stops NaN and Infinity too.
fn backward(x: Float, dy: Float) -> Float {
  return through_gate(is_open(x), dy);
}

fn through_gate(open: Flags, dy: Float) -> Float {
  return select(Float(0.0), dy, open);
}

// Where the gate of y is that of x.
fn backward_from_y(y: Float, dy: Float) -> Float {
  return backward(y, dy);
}
