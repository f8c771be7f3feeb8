// y = x, bit for bit: the least that a kernel of this shape can take.
@group(0) @binding(0) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(1) var<storage, read_write> y: array<vec4<u32>>;

@compute @workgroup_size(256)
fn copy(@builtin(global_invocation_id) invocation: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let stride = workgroups.x * 256u;
  for (var i = invocation.x; i < arrayLength(&x); i += stride) {
    y[i] = x[i];
  }
}
