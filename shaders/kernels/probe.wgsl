// y = x xor z, with the distribution of the other kernels: a benchmark that moves as many bytes as a gradient and
// computes little.
struct Order {
  run: u32,
  stride: u32,
  reach: u32,
}

@group(0) @binding(0) var<uniform> order: Order;
@group(0) @binding(1) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> z: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(WORKGROUP_SIZE)
fn probe(@builtin(global_invocation_id) invocation: vec3<u32>) {
  let first = invocation.x * order.run;
  let end = min(arrayLength(&x), first + order.reach);
  for (var i = first; i < end; i += order.stride) {
    y[i] = x[i] ^ z[i];
  }
}
