import bounded from '../../shaders/numerics/bounded.wgsl?raw'
import order from '../../shaders/numerics/order.wgsl?raw'
import shader from '../../shaders/activations/hardSigmoid.wgsl?raw'
import linearShader from '../../shaders/activations/hardSigmoidLinear.wgsl?raw'
import { InputError } from '../support/errors.ts'
import { readOptions } from '../support/reading.ts'
import { Activation, SMOOTH } from './support/activation.ts'
import { readParameters } from './support/parameters.ts'
import { crossingsOf } from './support/uniforms.ts'

/**
 * The piecewise linear sigmoid, `hardSigmoid(x) = min(max(x + 3, 0), 6) / 6`, or with options
 * `min(max(alpha * x + beta, 0), 1)`.
 *
 * Without options it is PyTorch's, of slope 1/6. WebNN, ONNX and Keras 2 have the slope 0.2 where theirs is left out: that
 * is `hardSigmoid({ alpha: 0.2, beta: 0.5 })`.
 *
 * The gradient is `dy` times the slope where `0 < y < 1` before rounding, which is `-3 < x < 3` without options, and exactly
 * +0 elsewhere, at NaN too, even for `dy` NaN or Infinity. Which x these are is decided exactly.
 *
 * Source: Courbariaux, Bengio and David, "BinaryConnect", NIPS 2015; PyTorch `hardsigmoid`, WebNN and ONNX `hardSigmoid`.
 *
 * @param options `alpha`: the slope, from 2^-24 to 2^24 or the negative of that; 1/6 when left out. `beta`: y at 0; 0, or
 * from 2^-48 to 2^24 or the negative of that; 0.5 when left out.
 * @throws InputError when alpha or beta is not a number in these ranges, and for any other option.
 */
export function hardSigmoid(options?: {
  readonly alpha?: number | undefined
  readonly beta?: number | undefined
}): Activation {
  const given = readOptions('hardSigmoid', options, ['alpha', 'beta'], 'Call hardSigmoid({ alpha: 0.2, beta: 0.5 }).')
  if (given.alpha === undefined && given.beta === undefined) return pytorch()
  const { alpha, beta } = readParameters('hardSigmoid', given, { alpha: 1 / 6, beta: 0.5 })
  if (!(Math.abs(alpha) >= 2 ** -24 && Math.abs(alpha) <= 2 ** 24)) {
    const fix = 'Give one from 2^-24 to 2^24, or the negative of that.'
    throw new InputError('invalid-parameter', `hardSigmoid's alpha is ${alpha}.`, fix)
  }
  if (!(beta === 0 || (Math.abs(beta) >= 2 ** -48 && Math.abs(beta) <= 2 ** 24))) {
    const fix = 'Give 0, or one from 2^-48 to 2^24, or the negative of that.'
    throw new InputError('invalid-parameter', `hardSigmoid's beta is ${beta}.`, fix)
  }
  const { zero, rest, one } = crossingsOf(Math.abs(alpha), beta)
  return new Activation({
    name: 'hardSigmoid',
    programName: 'hardSigmoidLinear',
    parameters: { alpha, beta },
    wgslSources: [bounded, order, linearShader],
    uniforms: [alpha, zero, rest, one],
    selfTestVariants: () => [hardSigmoid({ alpha: 0.3, beta: 0.7 }), hardSigmoid({ alpha: -1.7, beta: 1 })],
    zeroWhereShut: true,
    bounds: SMOOTH,
    reference: {
      // A product of two float32 is exact in float64, and so is the sign of the sum.
      forward: x => Math.min(Math.max(alpha * x + beta, 0), 1),
      derivative: x => (alpha * x + beta > 0 && Math.sign(alpha) * x < one ? alpha : 0),
    },
  })
}

function pytorch(): Activation {
  return new Activation({
    name: 'hardSigmoid',
    wgslSources: [bounded, shader],
    zeroWhereShut: true,
    bounds: SMOOTH,
    reference: {
      forward: x => Math.min(Math.max(x + 3, 0), 6) / 6,
      derivative: x => (x > -3 && x < 3 ? 1 / 6 : 0),
    },
  })
}
