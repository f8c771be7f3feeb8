// The gradients of four elements, in place of the vec2 of glu-clamped.wgsl.
fn settled_clamped_backward(gate: Float, up: Float, dy: Float) -> Gradients {
  begin(gate);
  let gradients = settled_glu_backward(clamped_gate(gate), factor_of(up), dy);
  return Gradients(
    select(Float(0.0), gradients.dGate, is_gate_open(gate)),
    select(Float(0.0), gradients.dUp, is_up_open(up)),
  );
}
