// dGate = dy * up * f'(gate), dUp = dy * f(gate)

// The loop passes one result; this variable passes the other.
var<private> up_gradient: Float;

fn result(i: u32) -> Float {
  let gate = load_gate(i);
  let dy = load_dy(i);
  up_gradient = glu_forward(gate, dy);
  return gate_gradient(gate, load_up(i), dy);
}

fn store(i: u32, elements: Float) {
  store_dGate(i, elements);
  store_dUp(i, up_gradient);
}
