// The gradients of four elements, in place of the vec2 of glu.wgsl: WGSL has no vectors of vectors.
struct Gradients {
  dGate: Float,
  dUp: Float,
}

fn settled_glu_backward(gate: Float, up: Float, dy: Float) -> Gradients {
  begin(gate);
  var gradients = Gradients(gate_gradient(gate, up, dy), glu_forward(gate, dy));
  if (any_needs_exact) {
    careful = true;
    gradients = Gradients(gate_gradient(gate, up, dy), glu_forward(gate, dy));
  }
  return gradients;
}
