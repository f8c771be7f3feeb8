// y = f(gate) * up
@group(0) @binding(0) var<uniform> parameters: vec4<f32>;
@group(0) @binding(1) var<storage, read> gate: array<Words>;
@group(0) @binding(2) var<storage, read> up: array<Words>;
@group(0) @binding(3) var<storage, read_write> y: array<Words>;

fn count() -> u32 {
  return arrayLength(&y);
}

fn result(i: u32) -> Float {
  return gated(unpack(gate[i]), unpack(up[i]));
}

fn store(i: u32, elements: Float) {
  y[i] = pack(elements);
}
