// The functions of a GLU, with the slow path of settle.wgsl.

// y = f(gate) * up
fn settled_glu_forward(gate: Float, up: Float) -> Float {
  begin(gate);
  var y = glu_forward(gate, up);
  if (any_needs_exact) {
    careful = true;
    y = glu_forward(gate, up);
  }
  return y;
}

// dGate = dy * up * f'(gate), dUp = dy * f(gate)
fn settled_glu_backward(gate: Float, up: Float, dy: Float) -> vec2<Float> {
  begin(gate);
  var gradients = vec2(gate_gradient(gate, up, dy), glu_forward(gate, dy));
  if (any_needs_exact) {
    careful = true;
    gradients = vec2(gate_gradient(gate, up, dy), glu_forward(gate, dy));
  }
  return gradients;
}
