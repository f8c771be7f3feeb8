// y = x xor z, with the distribution of the other kernels: a benchmark that moves as many bytes as a gradient and
// computes little.
struct Partition {
  invocation_stride: u32,
  loop_stride: u32,
  span: u32,
}

@group(0) @binding(0) var<uniform> geometry: Partition;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> z: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn probe(@builtin(global_invocation_id) invocation: vec3<u32>) {
  let first = invocation.x * geometry.invocation_stride;
  let end = min(arrayLength(&x), first + geometry.span);
  for (var i = first; i < end; i += geometry.loop_stride) {
    y[i] = x[i] ^ z[i];
  }
}
