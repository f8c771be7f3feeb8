// Copies of whole vectors, in the order of the library's kernels: no kernel that moves as many bytes can take less time.
struct Partition {
  invocation_stride: u32,
  loop_stride: u32,
  span: u32,
}

@group(0) @binding(0) var<uniform> geometry: Partition;
@group(0) @binding(1) var<storage, read_write> result: array<vec4<u32>>;
@group(0) @binding(2) var<storage, read> x: array<vec4<u32>>;
@group(0) @binding(3) var<storage, read> dy: array<vec4<u32>>;

override workgroup_size: u32;

// result = x
@compute @workgroup_size(workgroup_size)
fn copy(@builtin(global_invocation_id) invocation: vec3<u32>) {
  let first = invocation.x * geometry.invocation_stride;
  let end = min(arrayLength(&x), first + geometry.span);
  for (var i = first; i < end; i += geometry.loop_stride) {
    result[i] = x[i];
  }
}

// result = x exclusive or dy: as many bytes as a gradient reads and writes.
@compute @workgroup_size(workgroup_size)
fn copy_of_two(@builtin(global_invocation_id) invocation: vec3<u32>) {
  let first = invocation.x * geometry.invocation_stride;
  let end = min(arrayLength(&x), first + geometry.span);
  for (var i = first; i < end; i += geometry.loop_stride) {
    result[i] = x[i] ^ dy[i];
  }
}
