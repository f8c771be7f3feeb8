// Sums of squares that neither overflow nor underflow. A sum is scaled by a power of 2^64 that its largest magnitude
// determines: squares of magnitudes from 2^-31 to 2^33 are not scaled, those of the next 64 binades by 2^-128, and so
// on. Sums of two scales are joined at the larger one. So a term that is flushed to zero is less than 2^-60 of the sum.
struct SquareSum {
  sum: f32,
  // The rounding errors of `sum`: an addition of two sums is exact but for the rounding of this part.
  rest: f32,
  // The largest magnitude of an element, as bits. From INFINITY on it is the result, and the sums have no meaning.
  largest: u32,
}

const PLAIN_SCALE = 2u;
const WORDS_OF_SQUARE_SUM = 3u;

fn scale_of(largest: u32) -> u32 {
  return ((largest >> 23u) + 32u) >> 6u;
}

fn joined(a: SquareSum, b: SquareSum) -> SquareSum {
  let largest = max(a.largest, b.largest);
  let x = rescaled(a, largest);
  let y = rescaled(b, largest);
  let sum = x.x + y.x;
  return SquareSum(sum, lost(sum, x.x, y.x) + (x.y + y.y), largest);
}

fn rescaled(part: SquareSum, largest: u32) -> vec2<f32> {
  let scales = scale_of(largest) - scale_of(part.largest);
  let factor = select(select(0.0, 0x1p-64f, scales == 1u), 1.0, scales == 0u);
  return vec2(part.sum, part.rest) * factor * factor;
}

var<workgroup> partial: array<SquareSum, WORKGROUP_SIZE>;

// Joins the sums of the invocations in partial[0], in a tree.
fn join_in_workgroup(lane: u32, own: SquareSum) {
  partial[lane] = own;
  for (var half = WORKGROUP_SIZE / 2u; half > 0u; half /= 2u) {
    workgroupBarrier();
    if (lane < half) {
      partial[lane] = joined(partial[lane], partial[lane + half]);
    }
  }
}

fn write_square_sum(index: u32, sum: SquareSum) {
  let at = index * WORDS_OF_SQUARE_SUM;
  write_word_joined(at, bitcast<u32>(sum.sum));
  write_word_joined(at + 1u, bitcast<u32>(sum.rest));
  write_word_joined(at + 2u, sum.largest);
}
