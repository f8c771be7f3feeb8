// The gradient of an activation with a gate, is_open(x): dx = dy where the gate is open, else +0. A select instead of a
// product, so that a shut gate blocks NaN and Infinity too.
fn backward(x: Float, dy: Float) -> Float {
  return through_gate(is_open(x), dy);
}

fn through_gate(open: Flags, dy: Float) -> Float {
  return select(Float(0.0), dy, open);
}

// For activations whose gate of y is that of x.
fn backward_from_y(y: Float, dy: Float) -> Float {
  return backward(y, dy);
}
