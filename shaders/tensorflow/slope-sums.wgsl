// Joins the partial sums of slope-terms.wgsl: one workgroup of 64 for each slope.
var<workgroup> partial: array<f32, 64>;

fn main(index: i32) {
  let slices = u32(uniforms.sums.y);
  let slope = u32(index) / 64u;
  let lane = localIndex;
  var total = 0.0;
  for (var i = lane; i < slices; i += 64u) {
    total += terms[slope * slices + i];
  }
  partial[lane] = total;
  for (var half = 32u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] += partial[lane + half];
    }
  }
  if (lane == 0u && slope < u32(uniforms.sums.x)) {
    result[slope] = partial[0];
  }
}
