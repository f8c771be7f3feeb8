// The sum of squares of each invocation, in a grid-stride loop. Blocks of 64 vectors are added as 4 times 4 times 4, and
// joined without rounding errors: a square is rounded eleven times on its way, however long the tensor is.
var<private> largest: Bits;

@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(@builtin(global_invocation_id) invocation: vec3<u32>) {
  if (invocation.x >= geometry.invocations) {
    return;
  }
  find_starts();
  var sum = plain_sum(invocation.x);
  let own = max(max(largest.x, largest.y), max(largest.z, largest.w));
  // A loop that runs once or never: SwiftShader would compute both sides of an `if`.
  var is_out_of_scale = scale_of(own) != PLAIN_SCALE && own != 0u;
  while (is_out_of_scale) {
    sum = scaled_sum(invocation.x, scale_of(own));
    is_out_of_scale = false;
  }
  write_square_sum(invocation.x, SquareSum(sum, 0.0, own));
}

fn plain_sum(first: u32) -> f32 {
  let stride = geometry.stride;
  let whole = min(geometry.count / LANES, arrayLength(&array_0));
  var i = first;
  var total = Float(0.0);
  var rest = Float(0.0);
  while (i < whole) {
    var block = Float(0.0);
    for (var quarter = 0u; quarter < 4u; quarter++) {
      var sum = Float(0.0);
      for (var k = 0u; k < 4u && i + 3u * stride < whole; k++) {
        sum += (square(i) + square(i + stride)) + (square(i + 2u * stride) + square(i + 3u * stride));
        i += 4u * stride;
      }
      block += sum;
    }
    for (var k = 0u; k < 3u && i < whole && i + 3u * stride >= whole; k++) {
      block += square(i);
      i += stride;
    }
    let sum = total + block;
    rest += lost_in_lanes(sum, total, block);
    total = sum;
  }
  // The last vector of the tensor may have fewer elements.
  let is_own = i == whole && whole < groups_of_lanes();
  let x = select(Float(0.0), load_x(i), within(i) & Flags(is_own));
  largest = max(largest, magnitude(x));
  return sum_of_lanes(total + (rest + x * x));
}

fn square(i: u32) -> Float {
  let x = load_x(i);
  largest = max(largest, magnitude(x));
  return x * x;
}

fn sum_of_lanes(lanes: Float) -> f32 {
  return (lanes.x + lanes.y) + (lanes.z + lanes.w);
}

fn scaled_sum(first: u32, scale: u32) -> f32 {
  let factor = bitcast<f32>((127u + 64u - 32u * scale) << 23u);
  // Drivers flush subnormals, so their bits are taken for integers, of units of 2^-149. They count where the scale is 2^128.
  let unit = select(0.0, 0x1p-21f, scale == 0u);
  var total = Float(0.0);
  var rest = Float(0.0);
  for (var i = first; i < groups_of_lanes(); i += geometry.stride) {
    let x = select(Float(0.0), load_x(i), within(i));
    let subnormal = Float(magnitude(x)) * unit;
    let scaled = select(x * factor * factor, subnormal, magnitude(x) < Bits(SMALLEST_NORMAL));
    let sum = total + scaled * scaled;
    rest += lost_in_lanes(sum, total, scaled * scaled);
    total = sum;
  }
  return sum_of_lanes(total + rest);
}
