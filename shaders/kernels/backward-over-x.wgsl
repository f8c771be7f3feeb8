// dx = backward(dx, dy): dx overwrites x.
@group(0) @binding(0) var<uniform> parameters: vec4<f32>;
@group(0) @binding(1) var<storage, read> dy: array<Words>;
@group(0) @binding(2) var<storage, read_write> dx: array<Words>;

fn count() -> u32 {
  return arrayLength(&dx);
}

fn result(i: u32) -> Float {
  return backward(unpack(dx[i]), unpack(dy[i]));
}

fn store(i: u32, elements: Float) {
  dx[i] = pack(elements);
}
