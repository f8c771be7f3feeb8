// dGate = dy * up * f'(gate), dUp = dy * f(gate)
@group(0) @binding(0) var<uniform> parameters: vec4<f32>;
@group(0) @binding(1) var<storage, read> gate: array<Words>;
@group(0) @binding(2) var<storage, read> up: array<Words>;
@group(0) @binding(3) var<storage, read> dy: array<Words>;
@group(0) @binding(4) var<storage, read_write> d_gate: array<Words>;
@group(0) @binding(5) var<storage, read_write> d_up: array<Words>;

// The loop knows of one result: this is the other.
var<private> up_gradient: Float;

fn count() -> u32 {
  return arrayLength(&d_gate);
}

fn result(i: u32) -> Float {
  up_gradient = gated(unpack(gate[i]), unpack(dy[i]));
  return gate_gradient(unpack(gate[i]), unpack(up[i]), unpack(dy[i]));
}

fn store(i: u32, elements: Float) {
  d_gate[i] = pack(elements);
  d_up[i] = pack(up_gradient);
}
