// The functions of a GLU that clamps its inputs. begin() assigns parameters, which the clamps read.
fn settled_clamped_forward(gate: Float, up: Float) -> Float {
  begin(gate);
  return settled_glu_forward(clamped_gate(gate), factor_of(up));
}

fn settled_clamped_backward(gate: Float, up: Float, dy: Float) -> vec2<Float> {
  begin(gate);
  let gradients = settled_glu_backward(clamped_gate(gate), factor_of(up), dy);
  return vec2(select(Float(0.0), gradients.x, is_gate_open(gate)), select(Float(0.0), gradients.y, is_up_open(up)));
}
