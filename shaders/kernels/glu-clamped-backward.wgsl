// dGate = dy * factor * f'(gate) and dUp = dy * f(gate), +0 where the input lies beyond its bounds.

// The loop passes one result; this variable passes the other.
var<private> up_gradient: Float;

fn result(i: u32) -> Float {
  let gate = load_gate(i);
  let up = load_up(i);
  let dy = load_dy(i);
  let clamped = clamped_gate(gate);
  up_gradient = select(Float(0.0), glu_forward(clamped, dy), is_up_open(up));
  return select(Float(0.0), gate_gradient(clamped, factor_of(up), dy), is_gate_open(gate));
}

fn store(i: u32, elements: Float) {
  store_dGate(i, elements);
  store_dUp(i, up_gradient);
}
