// y = f(y) * up: y overwrites gate.
@group(0) @binding(0) var<uniform> parameters: vec4<f32>;
@group(0) @binding(1) var<storage, read_write> up: array<Words>;
@group(0) @binding(2) var<storage, read_write> y: array<Words>;

fn count() -> u32 {
  return arrayLength(&y);
}

fn result(i: u32) -> Float {
  return gated(unpack(y[i]), unpack(up[i]));
}

fn store(i: u32, elements: Float) {
  y[i] = pack(elements);
}
