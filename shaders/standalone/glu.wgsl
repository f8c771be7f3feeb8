// A gated pair, settled as a function of one tensor is.

// y = f(gate) * up
fn pair_forward(gate: Float, up: Float) -> Float {
  begin(gate);
  var y = gated(gate, up);
  if (doubtful) {
    careful = true;
    y = gated(gate, up);
  }
  return y;
}

// dGate = dy * up * f'(gate), dUp = dy * f(gate)
fn pair_backward(gate: Float, up: Float, dy: Float) -> vec2<Float> {
  begin(gate);
  var gradients = vec2(gate_gradient(gate, up, dy), gated(gate, dy));
  if (doubtful) {
    careful = true;
    gradients = vec2(gate_gradient(gate, up, dy), gated(gate, dy));
  }
  return gradients;
}
