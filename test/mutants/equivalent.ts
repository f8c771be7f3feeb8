/** Mutants that no test can catch, and why. Those of one entry have one reason. */
export interface Equivalent {
  readonly reason: string
  /** Their ids, as `npm run mutants` prints them. */
  readonly mutants: readonly string[]
}

export const equivalents: readonly Equivalent[] = [
  {
    reason:
      'Where one formula gives way to the other both are within the bounds, also a little before and behind: the switch may lie there, and at that very value either may be taken.',
    mutants: [
      'activations/celu.wgsl DOWN_TO_LINEAR: const DOWN_TO_LINEAR = 25u << 23u; → const DOWN_TO_LINEAR = 24u << 23u;',
      'activations/celu.wgsl DOWN_TO_LINEAR: const DOWN_TO_LINEAR = 25u << 23u; → const DOWN_TO_LINEAR = 26u << 23u;',
      'activations/celu.wgsl forward: let is_linear = magnitude(x) < Bits(bitcast<u32>(parameters.x) - DOWN_TO_LINEAR); → let is_linear = magnitude(x) < Bits(bitcast<u32>(parameters.y) - DOWN_TO_LINEAR);',
      'activations/celu.wgsl forward: let is_linear = magnitude(x) < Bits(bitcast<u32>(parameters.x) - DOWN_TO_LINEAR); → let is_linear = magnitude(x) <= Bits(bitcast<u32>(parameters.x) - DOWN_TO_LINEAR);',
      'activations/gelu.wgsl HALVED: const HALVED = 0x32800000; → const HALVED = 0x32800001;',
      'activations/gelu.wgsl forward: return select(select(positive_part(x) - product, 0.5 * x, bitcast<SignedBits>(magnitude(x)) < SignedBits(HALVED)), x, is_nan(x)); → return select(select(positive_part(x) - product, 0.5 * x, bitcast<SignedBits>(magnitude(x)) <= SignedBits(HALVED)), x, is_nan(x));',
      'activations/mish.wgsl forward: let is_small = growth.exponent < Float(-60.0); → let is_small = growth.exponent < Float(-30.0);',
      'activations/mish.wgsl forward: let is_small = growth.exponent < Float(-60.0); → let is_small = growth.exponent <= Float(-60.0);',
      'activations/softplus.wgsl backward_from_y: return select(select(dy * slope, tail, y < Float(0.25 * parameters.w)), y, is_nan(y)); → return select(select(dy * slope, tail, y < Float(0.265625 * parameters.w)), y, is_nan(y));',
      'activations/softplus.wgsl backward_from_y: return select(select(dy * slope, tail, y < Float(0.25 * parameters.w)), y, is_nan(y)); → return select(select(dy * slope, tail, y <= Float(0.25 * parameters.w)), y, is_nan(y));',
      'activations/tanhShrink.wgsl forward: let is_near_zero = size < Float(1.5); → let is_near_zero = size < Float(1.59375);',
      'activations/tanhShrink.wgsl forward: let is_near_zero = size < Float(1.5); → let is_near_zero = size <= Float(1.5);',
      'numerics/logistic.wgsl over_one_plus: let is_large = growth.exponent > Float(60.0); → let is_large = growth.exponent > Float(30.0);',
      'numerics/logistic.wgsl over_one_plus: let is_large = growth.exponent > Float(60.0); → let is_large = growth.exponent >= Float(60.0);',
    ],
  },
  {
    reason: 'At 0 both sides of the logistic function, or of the normal distribution, give a half, exactly.',
    mutants: [
      'activations/gelu.wgsl backward: let is_below_zero = x < Float(0.0); → let is_below_zero = x <= Float(0.0);',
      'activations/geluTanh.wgsl backward: return select(times_swish_derivative(dy, relief, decay_of(abs(bounded)), x < Float(0.0)), x, is_nan(x)); → return select(times_swish_derivative(dy, relief, decay_of(abs(bounded)), x <= Float(0.0)), x, is_nan(x));',
      'activations/logSigmoid.wgsl backward: return select(times_logistic(dy, exponential(-bounded_magnitude(x, 171.2)), x > Float(0.0)), x, is_nan(x)); → return select(times_logistic(dy, exponential(-bounded_magnitude(x, 171.2)), x >= Float(0.0)), x, is_nan(x));',
      'activations/mish.wgsl backward: let is_below_zero = x < Float(0.0); → let is_below_zero = x <= Float(0.0);',
      'activations/quickGelu.wgsl backward: return select(times_swish_derivative(dy, relief, decay_of(abs(bounded)), x < Float(0.0)), x, is_nan(x)); → return select(times_swish_derivative(dy, relief, decay_of(abs(bounded)), x <= Float(0.0)), x, is_nan(x));',
      'activations/silu.wgsl backward: return select(times_swish_derivative(dy, bounded, decay, x < Float(0.0)), x, is_nan(x)); → return select(times_swish_derivative(dy, bounded, decay, x <= Float(0.0)), x, is_nan(x));',
      'activations/softplus.wgsl backward: return select(times_logistic(dy, decay_of(x, 247.0), x < Float(0.0)), x, is_nan(x)); → return select(times_logistic(dy, decay_of(x, 247.0), x <= Float(0.0)), x, is_nan(x));',
    ],
  },
  {
    reason: 'Lanes above 0 do not take this side: whatever it is there, select() leaves it out.',
    mutants: [
      'activations/celu.wgsl backward: let bounded = bounded_above(bounded_below(x, -171.2 * parameters.x), 0.0); → let bounded = (bounded_below(x, -171.2 * parameters.x));',
      'activations/celu.wgsl backward: let bounded = bounded_above(bounded_below(x, -171.2 * parameters.x), 0.0); → let bounded = bounded_above(bounded_below(x, -171.2 * parameters.x), 1.0);',
      'activations/elu.wgsl backward: let decay = exponential(bounded_above(bounded_below(x, -171.2), 0.0)); → let decay = exponential((bounded_below(x, -171.2)));',
      'activations/elu.wgsl backward: let decay = exponential(bounded_above(bounded_below(x, -171.2), 0.0)); → let decay = exponential(bounded_above(bounded_below(x, -171.2), 1.0));',
      'activations/selu.wgsl backward: let decay = exponential(bounded_above(bounded_below(x, -171.2), 0.0)); → let decay = exponential((bounded_below(x, -171.2)));',
      'activations/selu.wgsl backward: let decay = exponential(bounded_above(bounded_below(x, -171.2), 0.0)); → let decay = exponential(bounded_above(bounded_below(x, -171.2), 1.0));',
      'activations/squaredRelu.wgsl backward: let is_large = x > Float(1.0); → let is_large = x >= Float(1.0);',
    ],
  },
  {
    reason: 'From 2^-90 up to 2^-26 no part is subnormal yet, and the formula gives the same as the short way.',
    mutants: [
      'activations/gelu.wgsl HALVED: const HALVED = 0x32800000; → const HALVED = 0x12800000;',
      'activations/softsign.wgsl TINY: const TINY = 0x32800000u; → const TINY = 0x12800000u;',
      'activations/softsign.wgsl TINY: const TINY = 0x32800000u; → const TINY = 0x32800001u;',
    ],
  },
  {
    reason: 'From there on, and well before, the result has reached its limit, or is within the bounds of it.',
    mutants: [
      'activations/geluTanh.wgsl backward: let bounded = bounded_above(bounded_below(x, -12.83), 12.83); → let bounded = bounded_above(bounded_below(x, -12.83), 6.415);',
      'activations/mish.wgsl backward: let bounded = bounded_above(bounded_below(x, -171.2), 171.2); → let bounded = bounded_above(bounded_below(x, -171.2), 85.6);',
      'activations/mish.wgsl forward: let growth = exponential(bounded_above(bounded, 40.0)); → let growth = exponential(bounded_above(bounded, 20.0));',
      'activations/quickGelu.wgsl backward: let bounded = bounded_above(bounded_below(x, -100.58), 100.58); → let bounded = bounded_above(bounded_below(x, -100.58), 50.29);',
      'activations/quickGelu.wgsl forward: return select(over_one_plus(bounded, decay_of(bounded_above(bounded, 35.0))), x, is_nan(x)); → return select(over_one_plus(bounded, decay_of(bounded_above(bounded, 17.5))), x, is_nan(x));',
      'activations/selu.wgsl forward: let decay = exponential(bounded_below(x, -30.0)); → let decay = exponential(bounded_below(x, -15.0));',
      'activations/sigmoid.wgsl forward: return select(over_one_plus(Float(1.0), exponential(-bounded_above(bounded_below(x, -110.0), 60.0))), x, is_nan(x)); → return select(over_one_plus(Float(1.0), exponential(-bounded_above(bounded_below(x, -110.0), 30.0))), x, is_nan(x));',
      'activations/silu.wgsl backward: let bounded = bounded_above(bounded_below(x, -171.2), 171.2); → let bounded = bounded_above(bounded_below(x, -171.2), 85.6);',
      'activations/silu.wgsl forward: return select(over_one_plus(bounded, exponential(-bounded_above(bounded, 60.0))), x, is_nan(x)); → return select(over_one_plus(bounded, exponential(-bounded_above(bounded, 30.0))), x, is_nan(x));',
      'activations/softsign.wgsl forward: let bounded = bounded_above(bounded_below(x, -0x1p26), 0x1p26); → let bounded = bounded_above(bounded_below(x, -0x1p25), 0x1p26);',
      'activations/softsign.wgsl forward: let bounded = bounded_above(bounded_below(x, -0x1p26), 0x1p26); → let bounded = bounded_above(bounded_below(x, -0x1p26), 0x1p25);',
      'activations/tanhShrink.wgsl forward: let decay = exponential(-2.0 * bounded_magnitude(x, 20.0)); → let decay = exponential(-2.0 * bounded_magnitude(x, 10.0));',
    ],
  },
  {
    reason: 'At 3 both sides give 3, and at -3 a zero, whose sign the contract leaves open.',
    mutants: [
      'activations/hardSwish.wgsl forward: return select(passing, between, magnitude(x) < Bits(THREE)); → return select(passing, between, magnitude(x) <= Bits(THREE));',
    ],
  },
  {
    reason: 'At lambda the difference is +0, as on the other side.',
    mutants: [
      'activations/softShrink.wgsl forward: return select(select(Float(0.0), shrunk, magnitude(x) > Bits(lambda)), x, is_nan(x)); → return select(select(Float(0.0), shrunk, magnitude(x) >= Bits(lambda)), x, is_nan(x));',
    ],
  },
  {
    reason: 'Doubling one factor or the other is exact, and makes the same product.',
    mutants: [
      'activations/squaredRelu.wgsl backward: let is_large = x > Float(1.0); → let is_large = x > Float(1.0625);',
    ],
  },
  {
    reason: 'Where x is not positive the product is left out.',
    mutants: [
      'activations/squaredRelu.wgsl backward: let open = select(Float(1.0), x, is_positive(x)); → let open = select(Float(1.0625), x, is_positive(x));',
    ],
  },
  {
    reason: 'The bits that double a subnormal double the smallest normal number too.',
    mutants: [
      'activations/squaredRelu.wgsl doubled: return select(x + x, bitcast<Float>(bitcast<Bits>(x) + bits), bits < Bits(SMALLEST_NORMAL)); → return select(x + x, bitcast<Float>(bitcast<Bits>(x) + bits), bits <= Bits(SMALLEST_NORMAL));',
    ],
  },
  {
    reason: 'The lower half is cut off.',
    mutants: [
      'formats/bf16.wgsl pack: let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u)); → let nan = bits | select(Bits(0u), Bits(0x400001u), (bits & Bits(0x007f0000u)) == Bits(0u));',
      'formats/bf16.wgsl pack: let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u)); → let nan = bits | select(Bits(1u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u));',
    ],
  },
  {
    reason: 'The quiet bit alone is set anew, which changes nothing.',
    mutants: [
      'formats/bf16.wgsl pack: let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x007f0000u)) == Bits(0u)); → let nan = bits | select(Bits(0u), Bits(0x00400000u), (bits & Bits(0x3f0000u)) == Bits(0u));',
    ],
  },
  {
    reason: 'The smallest normal number comes out the same by either way.',
    mutants: [
      'formats/f16.wgsl pack: let number = select(normal, subnormal, magnitude < SignedBits(0x38800000)); → let number = select(normal, subnormal, magnitude < SignedBits(0x38800001));',
      'formats/f16.wgsl pack: let number = select(normal, subnormal, magnitude < SignedBits(0x38800000)); → let number = select(normal, subnormal, magnitude <= SignedBits(0x38800000));',
      'formats/f16.wgsl unpack: let bits = select(magnitude + rebias, subnormal, magnitude < SignedBits(0x00800000)); → let bits = select(magnitude + rebias, subnormal, magnitude < SignedBits(0x800001));',
      'formats/f16.wgsl unpack: let bits = select(magnitude + rebias, subnormal, magnitude < SignedBits(0x00800000)); → let bits = select(magnitude + rebias, subnormal, magnitude <= SignedBits(0x00800000));',
    ],
  },
  {
    reason: 'It rounds to Infinity from the bound on, and the next float32 as well.',
    mutants: [
      'formats/f16.wgsl pack: let bounded = min(magnitude, SignedBits(0x477ff000)); → let bounded = min(magnitude, SignedBits(0x477ff001));',
    ],
  },
  {
    reason:
      'Any power of two up to the size of a workgroup serves: lanes share the rows otherwise, and sums are as exact.',
    mutants: [
      'reductions/add-columns.wgsl elementwise: let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 1u))); → let side_by_side = min(WORKGROUP_SIZE, 1u << ((countLeadingZeros(groups - 1u)) - (32u)));',
      'reductions/add-columns.wgsl elementwise: let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 1u))); → let side_by_side = min(WORKGROUP_SIZE, 1u << (31u - countLeadingZeros(groups - 1u)));',
      'reductions/add-columns.wgsl elementwise: let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 1u))); → let side_by_side = min(WORKGROUP_SIZE, 1u << (32u + countLeadingZeros(groups - 1u)));',
      'reductions/add-columns.wgsl elementwise: let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 1u))); → let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros((1u) - (groups))));',
      'reductions/add-columns.wgsl elementwise: let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 1u))); → let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups + 1u)));',
      'reductions/add-columns.wgsl elementwise: let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 1u))); → let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 0u)));',
      'reductions/add-columns.wgsl elementwise: let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 1u))); → let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 2u)));',
      'reductions/add-columns.wgsl elementwise: let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 1u))); → let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countTrailingZeros(groups - 1u)));',
      'reductions/add-columns.wgsl elementwise: let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 1u))); → let side_by_side = min(WORKGROUP_SIZE, 1u << (33u - countLeadingZeros(groups - 1u)));',
      'reductions/add-columns.wgsl elementwise: let side_by_side = min(WORKGROUP_SIZE, 1u << (32u - countLeadingZeros(groups - 1u))); → let side_by_side = min(WORKGROUP_SIZE, 2u << (32u - countLeadingZeros(groups - 1u)));',
    ],
  },
  {
    reason: 'What lies behind the last column is not stored.',
    mutants: [
      'reductions/add-columns.wgsl elementwise: for (var first = workgroup.x * side_by_side; first < groups; first += workgroups.x * side_by_side) { → for (var first = workgroup.x * side_by_side; first <= groups; first += workgroups.x * side_by_side) {',
    ],
  },
  {
    reason: 'Where e is that small log(1 + e) / e is 1, whatever e.',
    mutants: [
      'activations/softplus.wgsl forward: let e = (1.0 + decay.fraction) * power_of_two(bounded_below(decay.exponent, -127.0)); → let e = (1.0 + decay.fraction) * power_of_two(bounded_below(decay.exponent, -63.5));',
    ],
  },
  {
    reason: 'From 2^127 on the derivative is far below the normal numbers, where the contract leaves open what it is.',
    mutants: [
      'activations/softsign.wgsl backward: let divisor = 1.0 + bounded_magnitude(x, 0x1.fffffep127); → let divisor = 1.0 + bounded_magnitude(x, 0x1.fffffep126);',
    ],
  },
  {
    reason:
      'Lanes race for a word of workgroup memory. The drivers here run them in an order that hides it: seen in review alone.',
    mutants: [
      'reductions/add-columns.wgsl elementwise: if (lane < half) { → if (lane <= half) {',
      'reductions/add-columns.wgsl elementwise: workgroupBarrier(); → nothing (2)',
      'reductions/backward-alpha.wgsl backward_alpha: if (lane % shape.width < half) { → if (lane % shape.width <= half) {',
      'reductions/backward-alpha.wgsl backward_alpha: if (lane < half) { → if (lane <= half) {',
      'reductions/backward-alpha.wgsl backward_alpha: workgroupBarrier(); → nothing (3)',
    ],
  },
  {
    reason: 'A row more is all beyond the sums, where each is 0.',
    mutants: [
      'reductions/add-columns.wgsl sum_of_rows: let rows = (geometry.invocations * LANES + columns - 1u) / columns; → let rows = (geometry.invocations * LANES + columns + 1u) / columns;',
      'reductions/add-columns.wgsl sum_of_rows: let rows = (geometry.invocations * LANES + columns - 1u) / columns; → let rows = (geometry.invocations * LANES + columns - 0u) / columns;',
      'reductions/add-columns.wgsl sum_of_rows: let rows = (geometry.invocations * LANES + columns - 1u) / columns; → let rows = (geometry.invocations * LANES + columns - 2u) / columns;',
    ],
  },
  {
    reason: 'It adds up a row more or less at a time: as exact, and within the bounds of the sums.',
    mutants: [
      'reductions/add-columns.wgsl sum_of_rows: for (var k = 0u; k < 32u && row < rows; k++) { → for (var k = 0u; k < 31u && row < rows; k++) {',
      'reductions/add-columns.wgsl sum_of_rows: for (var k = 0u; k < 32u && row < rows; k++) { → for (var k = 0u; k < 32u && row < rows; k--) {',
      'reductions/add-columns.wgsl sum_of_rows: for (var k = 0u; k < 32u && row < rows; k++) { → for (var k = 0u; k < 32u && row <= rows; k++) {',
      'reductions/add-columns.wgsl sum_of_rows: for (var k = 0u; k < 32u && row < rows; k++) { → for (var k = 0u; k < 32u || row < rows; k++) {',
      'reductions/add-columns.wgsl sum_of_rows: for (var k = 0u; k < 32u && row < rows; k++) { → for (var k = 0u; k < 33u && row < rows; k++) {',
      'reductions/add-columns.wgsl sum_of_rows: for (var k = 0u; k < 32u && row < rows; k++) { → for (var k = 0u; k <= 32u && row < rows; k++) {',
      'reductions/add-columns.wgsl sum_of_rows: for (var k = 0u; k < 32u && row < rows; k++) { → for (var k = 1u; k < 32u && row < rows; k++) {',
    ],
  },
  {
    reason: 'Lanes behind the last column: what they add up is not stored.',
    mutants: [
      'reductions/add-columns.wgsl sum_of_rows: let column = min(Bits(i * LANES) + Bits(0u, 1u, 2u, 3u), Bits(columns - 1u)); → let column = min(Bits(i * LANES) + Bits(0u, 1u, 2u, 3u), Bits((1u) - (columns)));',
      'reductions/add-columns.wgsl sum_of_rows: let column = min(Bits(i * LANES) + Bits(0u, 1u, 2u, 3u), Bits(columns - 1u)); → let column = min(Bits(i * LANES) + Bits(0u, 1u, 2u, 3u), Bits(columns + 1u));',
      'reductions/add-columns.wgsl sum_of_rows: let column = min(Bits(i * LANES) + Bits(0u, 1u, 2u, 3u), Bits(columns - 1u)); → let column = min(Bits(i * LANES) + Bits(0u, 1u, 2u, 3u), Bits(columns - 0u));',
    ],
  },
  {
    reason: 'Several workgroups do the same tasks, and store the same.',
    mutants: [
      'reductions/backward-alpha.wgsl backward_alpha: for (var task = workgroup.x; task < tasks; task += workgroups.x) { → for (var task = workgroup.x; task < tasks; task += workgroups.y) {',
    ],
  },
  {
    reason:
      'Only a tensor of one element has lanes side by side for one: of the two that it would have there, the other has nothing.',
    mutants: [
      'reductions/backward-alpha.wgsl backward_alpha: let narrowest = max(side_by_side, 1u); → let narrowest = max(side_by_side, 2u);',
    ],
  },
  {
    reason: 'No function that wgsl() writes calls it.',
    mutants: [
      'vector-width/scalar.wgsl LANES: const LANES = 1u; → const LANES = 0u;',
      'vector-width/scalar.wgsl LANES: const LANES = 1u; → const LANES = 2u;',
      'vector-width/scalar.wgsl lanes_of: return words.x; → return words.y;',
    ],
  },
  {
    reason: 'The integer next to it serves as well: what is left over is a little larger.',
    mutants: [
      'numerics/exponential.wgsl exponential_of_sum: let exponent = round((high + low) * LOG2_E); → let exponent = round((high - low) * LOG2_E);',
    ],
  },
  {
    reason: 'An exponent has 8 bits, far above these: the mask changes nothing of it.',
    mutants: [
      'numerics/exponential.wgsl remainder: let same_exponent = bitcast<Float>(bitcast<Bits>(exponent) & Bits(0xffff0000u)); → let same_exponent = bitcast<Float>(bitcast<Bits>(exponent) & Bits(0xffff0001u));',
    ],
  },
  {
    reason: 'It adds up in other groups: within the bounds of the sums.',
    mutants: [
      'access/column-sums.wgsl accumulate_NAME: if (terms_NAME % 32u == 0u) { → if (!(terms_NAME % 32u == 0u)) {',
      'access/column-sums.wgsl accumulate_NAME: if (terms_NAME % 32u == 0u) { → if ((32u) % (terms_NAME) == 0u) {',
      'access/column-sums.wgsl accumulate_NAME: if (terms_NAME % 32u == 0u) { → if (terms_NAME % 31u == 0u) {',
      'access/column-sums.wgsl accumulate_NAME: if (terms_NAME % 32u == 0u) { → if (terms_NAME % 32u != 0u) {',
      'access/column-sums.wgsl accumulate_NAME: if (terms_NAME % 32u == 0u) { → if (terms_NAME % 32u == 1u) {',
      'access/column-sums.wgsl accumulate_NAME: if (terms_NAME % 32u == 0u) { → if (terms_NAME % 33u == 0u) {',
      'access/column-sums.wgsl accumulate_NAME: if (terms_NAME % 32u == 0u) { → if (terms_NAME / 32u == 0u) {',
      'access/column-sums.wgsl accumulate_NAME: terms_NAME++; → nothing',
      'access/column-sums.wgsl accumulate_NAME: terms_NAME++; → terms_NAME--;',
    ],
  },
  {
    reason: 'A row behind the last adds 0.',
    mutants: [
      'reductions/backward-alpha.wgsl sum_of_rows: for (var i = 0u; i < 4u && row < shape.rows; i++) { → for (var i = 0u; i < 4u && row <= shape.rows; i++) {',
      'reductions/backward-alpha.wgsl sum_of_rows: for (var j = 0u; j < 4u && row < shape.rows; j++) { → for (var j = 0u; j < 4u && row <= shape.rows; j++) {',
      'reductions/backward-alpha.wgsl sum_of_rows: for (var k = 0u; k < 4u && row < shape.rows; k++) { → for (var k = 0u; k < 4u && row <= shape.rows; k++) {',
    ],
  },
  {
    reason: 'What a channel behind the last adds up is not stored.',
    mutants: [
      'reductions/backward-alpha.wgsl sum_of_rows: if (channel >= shape.channels) { → if (channel > shape.channels) {',
      'reductions/backward-alpha.wgsl sum_of_rows: return 0.0; → nothing',
      'reductions/backward-alpha.wgsl sum_of_rows: return 0.0; → return 1.0;',
    ],
  },
  {
    reason: 'A product beyond is done with care, one within at once, and around there either way is right.',
    mutants: [
      'numerics/pair.wgsl LARGEST_GRADIENT: const LARGEST_GRADIENT = 0x6f800000u; → const LARGEST_GRADIENT = 0x2f800000u;',
      'numerics/pair.wgsl LARGEST_GRADIENT: const LARGEST_GRADIENT = 0x6f800000u; → const LARGEST_GRADIENT = 0x6f800001u;',
      'numerics/pair.wgsl LEAST_GRADIENT: const LEAST_GRADIENT = 0x0f800000u; → const LEAST_GRADIENT = 0x7800000u;',
      'numerics/pair.wgsl LEAST_GRADIENT: const LEAST_GRADIENT = 0x0f800000u; → const LEAST_GRADIENT = 0xf800001u;',
    ],
  },
  {
    reason: 'At a place behind the sums it is 0, whatever is looked up.',
    mutants: [
      'access/load-sums.wgsl sum_at: return select(0u, ARRAY[START + min(at, sums - 1u)], at < sums); → return select(0u, ARRAY[START + min(at, (1u) - (sums))], at < sums);',
      'access/load-sums.wgsl sum_at: return select(0u, ARRAY[START + min(at, sums - 1u)], at < sums); → return select(0u, ARRAY[START + min(at, sums + 1u)], at < sums);',
      'access/load-sums.wgsl sum_at: return select(0u, ARRAY[START + min(at, sums - 1u)], at < sums); → return select(0u, ARRAY[START + min(at, sums - 0u)], at < sums);',
    ],
  },
  {
    reason: 'Results are the same: only more of them go the careful way, which is right for all.',
    mutants: [
      'kernels/elementwise.wgsl elementwise: careful = false; → careful = true;',
      'kernels/elementwise.wgsl elementwise: careful = false; → nothing',
      'numerics/exact-product.wgsl settle: if (careful) { → if (!(careful)) {',
      'standalone/glu.wgsl pair_backward: begin(gate); → nothing',
      'standalone/glu.wgsl pair_forward: begin(gate); → nothing',
      'standalone/settle.wgsl begin: careful = false; → careful = true;',
      'standalone/settle.wgsl begin: careful = false; → nothing',
      'standalone/settle.wgsl begin: any_needs_exact = false; → any_needs_exact = true;',
      'standalone/settle.wgsl begin: any_needs_exact = false; → nothing',
      'standalone/zero.wgsl begin: careful = false; → careful = true;',
      'standalone/zero.wgsl begin: careful = false; → nothing',
      'standalone/zero.wgsl begin: any_needs_exact = false; → any_needs_exact = true;',
      'standalone/zero.wgsl begin: any_needs_exact = false; → nothing',
    ],
  },
  {
    reason: 'Products that small are 0 either way.',
    mutants: [
      'numerics/pair.wgsl glu_forward: let exponent = max(exponent_of(value) + exponent_of(factor), Bits(66u)) - Bits(64u); → let exponent = max(exponent_of(value) + exponent_of(factor), Bits(65u)) - Bits(64u);',
      'numerics/pair.wgsl glu_forward: let exponent = max(exponent_of(value) + exponent_of(factor), Bits(66u)) - Bits(64u); → let exponent = max(exponent_of(value) + exponent_of(factor), Bits(67u)) - Bits(64u);',
    ],
  },
  {
    reason: 'Left alone by the others, the first invocation does all groups: the same results, by one.',
    mutants: [
      'kernels/elementwise.wgsl elementwise: let end = min(end_of_groups(), i + geometry.reach); → let end = min(end_of_groups(), i - geometry.reach);',
    ],
  },
  {
    reason:
      'Exponents that far from the middle of float32 may be held a little earlier or later: what is left over comes last.',
    mutants: [
      'numerics/pair.wgsl gate_gradient: let held = clamp(exponent, Bits(222u), Bits(414u)); → let held = clamp(exponent, Bits(221u), Bits(414u));',
      'numerics/pair.wgsl gate_gradient: let held = clamp(exponent, Bits(222u), Bits(414u)); → let held = clamp(exponent, Bits(222u), Bits(413u));',
      'numerics/pair.wgsl gate_gradient: let held = clamp(exponent, Bits(222u), Bits(414u)); → let held = clamp(exponent, Bits(222u), Bits(415u));',
      'numerics/pair.wgsl gate_gradient: let held = clamp(exponent, Bits(222u), Bits(414u)); → let held = clamp(exponent, Bits(223u), Bits(414u));',
    ],
  },
  {
    reason: 'An error in the last place of one factor is within the bounds.',
    mutants: [
      'numerics/pair.wgsl significand_of: return bitcast<Float>((bitcast<Bits>(x) & Bits(SIGN)) | (normal & Bits(0x007fffffu)) | Bits(0x3f800000u)); → return bitcast<Float>((bitcast<Bits>(x) & Bits(SIGN)) | (normal & Bits(0x007fffffu)) | Bits(0x3f800001u));',
      'numerics/pair.wgsl significand_of: return bitcast<Float>((bitcast<Bits>(x) & Bits(SIGN)) | (normal & Bits(0x007fffffu)) | Bits(0x3f800000u)); → return bitcast<Float>((bitcast<Bits>(x) & Bits(SIGN)) | (normal & Bits(0x7ffffeu)) | Bits(0x3f800000u));',
    ],
  },
  {
    reason: 'The shift of the smallest normal number is 0 by either way.',
    mutants: [
      'numerics/pair.wgsl shift_of: return select(Bits(0u), countLeadingZeros(magnitude(x)) - Bits(8u), magnitude(x) < Bits(SMALLEST_NORMAL)); → return select(Bits(0u), countLeadingZeros(magnitude(x)) - Bits(8u), magnitude(x) <= Bits(SMALLEST_NORMAL));',
      'numerics/exact-product.wgsl multiply_bits: let shift_a = select(Bits(0u), countLeadingZeros(magnitude_a) - Bits(8u), magnitude_a < Bits(SMALLEST_NORMAL)); → let shift_a = select(Bits(0u), countLeadingZeros(magnitude_a) - Bits(8u), magnitude_a <= Bits(SMALLEST_NORMAL));',
      'numerics/exact-product.wgsl multiply_bits: let shift_b = select(Bits(0u), countLeadingZeros(magnitude_b) - Bits(8u), magnitude_b < Bits(SMALLEST_NORMAL)); → let shift_b = select(Bits(0u), countLeadingZeros(magnitude_b) - Bits(8u), magnitude_b <= Bits(SMALLEST_NORMAL));',
    ],
  },
  {
    reason: 'A shift of 32 or more is not used: the result is 0 then.',
    mutants: [
      'numerics/exact-product.wgsl multiply_bits: let bounded_shift = min(shift, Bits(31u)); → let bounded_shift = min(shift, Bits(32u));',
    ],
  },
  {
    reason: 'Six bits or more are lost, and both of these lie below the half of them.',
    mutants: [
      'numerics/exact-product.wgsl multiply_bits: let top = (high << Bits(7u)) | (low >> Bits(17u)) | select(Bits(0u), Bits(1u), (low & Bits(0x1ffffu)) > Bits(0u)); → let top = (high << Bits(7u)) | (low >> Bits(17u)) | select(Bits(0u), Bits(2u), (low & Bits(0x1ffffu)) > Bits(0u));',
    ],
  },
  {
    reason: 'Up to there, and a little below and above, the formula and the short way are both within the bounds.',
    mutants: [
      'numerics/tanh.wgsl TANH_IS_X: const TANH_IS_X = 0x39800000u; → const TANH_IS_X = 0x19800000u;',
      'numerics/tanh.wgsl TANH_IS_X: const TANH_IS_X = 0x39800000u; → const TANH_IS_X = 0x39800001u;',
      'numerics/tanh.wgsl hyperbolic_tangent: return select(result, x, rank < SignedBits(i32(TANH_IS_X + 0x007fffffu))); → return select(result, x, rank < SignedBits(i32(TANH_IS_X + 0x3fffffu)));',
      'numerics/tanh.wgsl hyperbolic_tangent: return select(result, x, rank < SignedBits(i32(TANH_IS_X + 0x007fffffu))); → return select(result, x, rank < SignedBits(i32(TANH_IS_X + 0x7ffffeu)));',
      'numerics/tanh.wgsl hyperbolic_tangent: return select(result, x, rank < SignedBits(i32(TANH_IS_X + 0x007fffffu))); → return select(result, x, rank < SignedBits(i32(TANH_IS_X - 0x007fffffu)));',
      'numerics/tanh.wgsl hyperbolic_tangent: return select(result, x, rank < SignedBits(i32(TANH_IS_X + 0x007fffffu))); → return select(result, x, rank <= SignedBits(i32(TANH_IS_X + 0x007fffffu)));',
    ],
  },
  {
    reason: 'It never happens, this way or that: only compilers are not to know.',
    mutants: [
      'standalone/zero.wgsl begin: if (x > 0.0 && bitcast<SignedBits>(x) < 0) { → if (x > 0.0 && bitcast<SignedBits>(x) < 1) {',
      'standalone/zero.wgsl begin: if (x > 0.0 && bitcast<SignedBits>(x) < 0) { → if (x > 0.0 && bitcast<SignedBits>(x) <= 0) {',
      'standalone/zero.wgsl begin: if (x > 0.0 && bitcast<SignedBits>(x) < 0) { → if (x > 1.0 && bitcast<SignedBits>(x) < 0) {',
      'standalone/zero.wgsl begin: parameters = vec4(2.0); → parameters = vec4(2.125);',
    ],
  },
]
