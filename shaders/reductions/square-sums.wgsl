// The sums of squares of the slices of a tensor. A workgroup adds a slice of 64 vectors an invocation, in a tree whose
// shape depends on the workgroup size alone.
const VECTORS_PER_LANE = 64u;

var<private> largest: Bits;

@compute @workgroup_size(WORKGROUP_SIZE)
fn elementwise(
  @builtin(local_invocation_index) lane: u32,
  @builtin(workgroup_id) workgroup: vec3<u32>,
  @builtin(num_workgroups) workgroups: vec3<u32>,
) {
  find_starts();
  let vectors = VECTORS_PER_LANE * WORKGROUP_SIZE;
  let slices = (groups_of_lanes() + vectors - 1u) / vectors;
  for (var slice = workgroup.x; slice < slices; slice += workgroups.x) {
    join_in_workgroup(lane, sum_of_slice(slice * vectors + lane, (slice + 1u) * vectors));
    if (lane == 0u) {
      let at = slice * WORDS_OF_SQUARE_SUM;
      write_word_sums(at, bitcast<u32>(partial[0].sum));
      write_word_sums(at + 1u, bitcast<u32>(partial[0].rest));
      write_word_sums(at + 2u, partial[0].largest);
    }
    workgroupBarrier();
  }
}

fn sum_of_slice(first: u32, next_slice: u32) -> SquareSum {
  largest = Bits(0u);
  let whole = min(min(next_slice, geometry.count / LANES), arrayLength(&array_0));
  let total = sum_of_lanes(plain_sum(first, whole) + square_of_tail(first, whole, next_slice));
  let own = max(max(largest.x, largest.y), max(largest.z, largest.w));
  var result = SquareSum(total, 0.0, own);
  // A loop that runs once or never: SwiftShader would compute both sides of an `if`.
  var is_out_of_scale = scale_of(own) != PLAIN_SCALE && own != 0u;
  while (is_out_of_scale) {
    result.sum = sum_of_lanes(scaled_sum(first, next_slice, scale_of(own)));
    is_out_of_scale = false;
  }
  return result;
}

fn sum_of_lanes(lanes: Float) -> f32 {
  return (lanes.x + lanes.y) + (lanes.z + lanes.w);
}

// Adds 64 vectors as 4 times 4 times 4, so that a square is rounded eight times on its way to the sum.
fn plain_sum(first: u32, end: u32) -> Float {
  let stride = WORKGROUP_SIZE;
  var i = first;
  var total = Float(0.0);
  for (var quarter = 0u; quarter < 4u; quarter++) {
    var sum = Float(0.0);
    for (var k = 0u; k < 4u && i + 3u * stride < end; k++) {
      sum += (square(i) + square(i + stride)) + (square(i + 2u * stride) + square(i + 3u * stride));
      i += 4u * stride;
    }
    total += sum;
  }
  var rest = Float(0.0);
  for (; i < end; i += stride) {
    rest += square(i);
  }
  return total + rest;
}

fn square(i: u32) -> Float {
  let x = load_x(i);
  largest = max(largest, magnitude(x));
  return x * x;
}

// The last vector of the tensor may have fewer elements.
fn square_of_tail(first: u32, whole: u32, next_slice: u32) -> Float {
  let is_own = whole < next_slice && whole < groups_of_lanes() && whole % WORKGROUP_SIZE == first % WORKGROUP_SIZE;
  let x = select(Float(0.0), load_x(whole), within(whole) & Flags(is_own));
  largest = max(largest, magnitude(x));
  return x * x;
}

fn scaled_sum(first: u32, next_slice: u32, scale: u32) -> Float {
  let factor = bitcast<f32>((127u + 64u - 32u * scale) << 23u);
  // Drivers flush subnormals, so their bits are taken for integers, of units of 2^-149. They count where the scale is 2^128.
  let unit = select(0.0, 0x1p-21f, scale == 0u);
  let end = min(next_slice, groups_of_lanes());
  var i = first;
  var total = Float(0.0);
  for (var a = 0u; a < 4u && i < end; a++) {
    var quarter = Float(0.0);
    for (var b = 0u; b < 4u && i < end; b++) {
      var sixteenth = Float(0.0);
      for (var c = 0u; c < 4u && i < end; c++) {
        let x = select(Float(0.0), load_x(i), within(i));
        let subnormal = Float(magnitude(x)) * unit;
        let scaled = select(x * factor * factor, subnormal, magnitude(x) < Bits(SMALLEST_NORMAL));
        sixteenth += scaled * scaled;
        i += WORKGROUP_SIZE;
      }
      quarter += sixteenth;
    }
    total += quarter;
  }
  return total;
}
