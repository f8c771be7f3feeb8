// The sum of all words as float32, in a grid-stride loop: the baseline of the diagnostics, which reads as many bytes.
override workgroup_size: u32;

@group(0) @binding(0) var<storage, read> x: array<vec4<f32>>;
@group(0) @binding(1) var<storage, read_write> sums: array<vec4<f32>>;

@compute @workgroup_size(workgroup_size)
fn sum(@builtin(global_invocation_id) invocation: vec3<u32>, @builtin(num_workgroups) workgroups: vec3<u32>) {
  let stride = workgroups.x * workgroup_size;
  let length = arrayLength(&x);
  var total = vec4<f32>(0.0);
  for (var i = invocation.x; i < length; i += stride) {
    total += x[i];
  }
  sums[invocation.x] = total;
}
