/** By reason, then by file and declaration: the hashes of mutants, as `npm run mutants` prints them. */
export type Explanations = Readonly<Record<string, Readonly<Record<string, string>>>>

/** The reason for each mutant, by its id. @throws Error where one is explained twice */
export function reasonsById(explanations: Explanations): Map<string, string> {
  const reasons = new Map<string, string>()
  for (const [reason, mutants] of Object.entries(explanations)) {
    for (const [declaration, hashes] of Object.entries(mutants)) {
      for (const hash of hashes.split(' ')) {
        const id = `${declaration} ${hash}`
        if (reasons.has(id)) throw new Error(`${id} is explained twice.`)
        reasons.set(id, reason)
      }
    }
  }
  return reasons
}

/** Mutants that no test can catch, and why. */
export const equivalents: Explanations = {
  'Where one formula gives way to the other both are within the bounds, also a little before and behind: the switch may lie there, and at that very value either may be taken.':
    {
      'activations/celu.wgsl DOWN_TO_LINEAR': 'aeed0 fd501',
      'activations/celu.wgsl forward': '634fe 44b43',
      'activations/gelu.wgsl HALVED': '48c08',
      'activations/gelu.wgsl forward': '95ff7',
      'activations/mish.wgsl forward': '5929f 42626',
      'activations/softplus.wgsl backward_from_y': 'e9900 b92c8',
      'activations/tanhShrink.wgsl forward': '7a35e 8eec9',
      'numerics/functions.wgsl RESULT_IS_X': 'c0ac3',
      'numerics/functions.wgsl TWO_THIRDS': '45c06',
      'numerics/functions.wgsl expm1': '607f1',
      'numerics/functions.wgsl log1p': '3b989 99847 11d32 607f1',
      'numerics/logistic.wgsl over_one_plus': 'f0a5f b27ff',
    },
  'At 0 both sides of the logistic function, or of the normal distribution, give a half, exactly.': {
    'activations/gelu.wgsl backward': 'e7bb2',
    'activations/logSigmoid.wgsl backward': 'eeabc',
    'activations/geluTanh.wgsl backward': '69f84',
    'activations/mish.wgsl backward': 'e7bb2',
    'activations/quickGelu.wgsl backward': '69f84',
    'activations/silu.wgsl backward': 'd5036',
    'activations/softplus.wgsl backward': 'bfe33',
    'activations/swigluClamped.wgsl backward': 'e7bb2',
    'activations/swigluClamped.wgsl forward': 'fd6df',
    'activations/swish.wgsl backward': '671bc',
  },
  'Lanes above 0 do not take this side: whatever it is there, select() leaves it out.': {
    'activations/celu.wgsl backward': '7328c d1556',
    'activations/elu.wgsl backward': '225c6 918fe',
    'activations/selu.wgsl backward': '225c6 918fe',
    'activations/squaredRelu.wgsl backward': '804c3',
  },
  'From 2^-90 up to 2^-26 no part is subnormal yet, and the formula gives the same as the short way.': {
    'activations/gelu.wgsl HALVED': '5ccfb',
    'activations/softsign.wgsl TINY': '43de3 86f11',
  },
  'From there on, and well before, the result has reached its limit, or is within the bounds of it.': {
    'activations/geluTanh.wgsl backward': '63b2d',
    'activations/hardSigmoidLinear.wgsl forward': '0ba97',
    'activations/mish.wgsl backward': '3a3f9',
    'activations/mish.wgsl forward': 'd1ccb',
    'activations/quickGelu.wgsl backward': '7c2ba',
    'activations/quickGelu.wgsl forward': '4b815',
    'activations/selu.wgsl forward': '40ed4',
    'activations/sigmoid.wgsl forward': '08175',
    'activations/silu.wgsl backward': '3a3f9',
    'activations/silu.wgsl forward': '3b0f6',
    'activations/softsign.wgsl forward': '09efb 1e7ba',
    'activations/swigluClamped.wgsl forward': 'efd5f',
    'activations/swish.wgsl forward': 'da184',
    'activations/tanhShrink.wgsl forward': 'a93e1',
    'numerics/functions.wgsl sigmoid': '08175',
  },
  'At 3 both sides give 3, and at -3 a zero, whose sign the contract leaves open.': {
    'activations/hardSwish.wgsl forward': '1f7d7',
  },
  'At 1 both sides give 1, and at -1 a zero.': {
    'activations/sparsePlus.wgsl forward': '0338b',
  },
  'A compiler with fast arithmetic may add the two uniforms first. Those of the tests do not.': {
    'activations/selu.wgsl backward_from_y': 'cf7e8',
  },
  'At lambda the difference is +0, as on the other side.': {
    'activations/softShrink.wgsl forward': '95c82',
  },
  'Doubling one factor or the other is exact, and makes the same product.': {
    'activations/squaredRelu.wgsl backward': '4fd67',
  },
  'Where x is not positive the product is left out.': {
    'activations/squaredRelu.wgsl backward': '3ec4c',
  },
  'The bits that double a subnormal double the smallest normal number too.': {
    'activations/squaredRelu.wgsl doubled': '19eb3',
  },
  'Off the slope the line is far below a half, or far above: any number between tells which.': {
    'activations/hardSigmoidLinear.wgsl forward': '348b3 93b6e',
  },
  'From 2^-89 up to 2^-25 the formula gives x, too.': {
    'numerics/functions.wgsl RESULT_IS_X': 'c5438',
  },
  'At 0 both sides give a zero.': {
    'numerics/functions.wgsl signed_log_one_plus': '05e0e',
  },
  'Any two powers of two serve that are normal and multiply to the same.': {
    'numerics/functions.wgsl exp': 'dbd6c',
  },
  'The sum with 12583039 rounds to the same integer.': {
    'numerics/functions.wgsl expm1': 'c803a',
  },
  'The lower half is cut off.': {
    'formats/bf16.wgsl pack': '81aa0 86549',
  },
  'The quiet bit alone is set anew, which changes nothing.': {
    'formats/bf16.wgsl pack': '045c0',
  },
  'The smallest normal number comes out the same by either way.': {
    'formats/f16.wgsl pack': '63b41 00e8e',
    'formats/f16.wgsl unpack': '99e67 ea2b0',
    'numerics/functions.wgsl log': 'a4675',
  },
  'It rounds to Infinity from the bound on, and the next float32 as well.': {
    'formats/f16.wgsl pack': 'bab4e',
  },
  'Any power of two up to the size of a workgroup serves: lanes share the rows otherwise, and sums are as exact.': {
    'reductions/add-columns.wgsl elementwise': '1a47d 2d38f 197b3 e4fe7 caf57 e7042 d9dd9 7ae5a b5742 63707',
  },
  'What lies behind the last column is not stored.': {
    'reductions/add-columns.wgsl elementwise': '8580a',
  },
  'Where e is that small log(1 + e) / e is 1, whatever e.': {
    'activations/softplus.wgsl forward': 'ae613',
  },
  'From 2^127 on the derivative is far below the normal numbers, where the contract leaves open what it is.': {
    'activations/softsign.wgsl backward': '288e4',
  },
  'Lanes race for a word of workgroup memory. The drivers here run them in an order that hides it: seen in review alone.':
    {
      'reductions/add-columns.wgsl elementwise': 'e4db7 bf3b3',
      'reductions/backward-alpha.wgsl elementwise': '6e8e7 e4db7 69226',
    },
  'A row more is all beyond the sums, where each is 0.': {
    'reductions/add-columns.wgsl sum_of_rows': '054f7 c8d05 1962a',
  },
  'It adds up a row more or less at a time: as exact, and within the bounds of the sums.': {
    'reductions/add-columns.wgsl sum_of_rows': '0ff1a f81b5 83d38 c1ce4 aa9f9 aa211 926e6',
  },
  'Lanes behind the last column: what they add up is not stored.': {
    'reductions/add-columns.wgsl sum_of_rows': '4ec22 93158 aa758',
  },
  'Several workgroups do the same tasks, and store the same.': {
    'reductions/backward-alpha.wgsl elementwise': 'a6285',
  },
  'Only a tensor of one element has lanes side by side for one: of the two that it would have there, the other has nothing.':
    {
      'reductions/backward-alpha.wgsl elementwise': 'c52ef',
    },
  'No function that wgsl() writes calls it.': {
    'vector-width/scalar.wgsl LANES': '5a561 41653',
  },
  'The integer next to it serves as well: what is left over is a little larger.': {
    'numerics/exponential.wgsl exponential_of_sum': '85abb',
  },
  'An exponent has 8 bits, far above these: the mask changes nothing of it.': {
    'numerics/exponential.wgsl remainder': '0a21c',
    'numerics/functions.wgsl log': '5e732',
  },
  'It adds up in other groups: within the bounds of the sums.': {
    'access/column-sums.wgsl accumulate_NAME': 'f13b7 1012b 9bdbd abd06 6062b 6d194 b73e9 47805 63f57',
  },
  'A row behind the last adds 0.': {
    'reductions/backward-alpha.wgsl sum_of_rows': '7f21c 9bc88 72f0e',
  },
  'What a channel behind the last adds up is not stored.': {
    'reductions/backward-alpha.wgsl sum_of_rows': '41baf',
  },
  'A product beyond is done with care, one within at once, and around there either way is right.': {
    'numerics/glu.wgsl LARGEST_GRADIENT': '137f4 d2a46',
    'numerics/glu.wgsl LEAST_GRADIENT': '4a051 d2d0c',
  },
  'At a place behind the sums it is 0, whatever is looked up.': {
    'access/load-sums.wgsl sum_at': '64b0c a2c25 684d2',
  },
  'Results are the same: only more of them go the careful way, which is right for all.': {
    'kernels/elementwise.wgsl elementwise': '1222f f066b',
    'numerics/exact-product.wgsl settle': '5ae6d',
    'standalone/glu.wgsl settled_glu_backward': '20c50',
    'standalone/glu.wgsl settled_glu_forward': '20c50',
    'standalone/settle.wgsl begin': '1222f f066b 36c15 34df1',
    'standalone/zero.wgsl begin': '1222f f066b 36c15 34df1',
  },
  'Left alone by the others, the first invocation takes all vectors: the same results, by one.': {
    'kernels/elementwise.wgsl elementwise': 'e880f',
    'kernels/plain-loop.wgsl elementwise': '3a218',
  },
  'Exponents that far from the middle of float32 may be held a little earlier or later: what is left over comes last.':
    {
      'numerics/glu.wgsl gate_gradient': 'ffe14 a51f5 4e859 546ae',
    },
  'The smallest normal number has the same bits by either way.': {
    'numerics/exact-product.wgsl times_2_to_149': '9b7dc',
    'numerics/glu.wgsl scaled_bits': '16544',
  },
  'Up to there, and a little below and above, the formula and the short way are both within the bounds.': {
    'numerics/tanh.wgsl TANH_IS_X': '1421c 09695',
    'numerics/tanh.wgsl hyperbolic_tangent': '00e0d 5e45d 4963f e1ec1',
  },
  'It never happens, this way or that: only compilers are not to know.': {
    'standalone/zero.wgsl begin': '00ff1 d2731 86201 ed1a6 02720',
  },
}
