import shader from '../../shaders/activations/selu.wgsl?raw'
import { bitsOf, floatOf } from '../support/bits.ts'
import { InputError } from '../support/errors.ts'
import { Activation, SMOOTH } from './support/activation.ts'
import { EXPONENTIAL } from './support/numerics.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The scaled exponential linear unit, `selu(x) = gamma * (x > 0 ? x : alpha * (exp(x) - 1))`. The defaults are the two constants
 * that make mean 0 and variance 1 a fixed point.
 *
 * The constants are meant to all their digits, also where they are given rounded to float32, as WebNN and ONNX have them.
 *
 * Source: Klambauer, Unterthiner, Mayr and Hochreiter, "Self-Normalizing Neural Networks", NIPS 2017; WebNN, ONNX and PyTorch
 * `selu`.
 *
 * @param options `alpha`: y approaches -gamma * alpha far below zero; from -2^50 to 2^50, 1.6732632423543772 when left out.
 * `gamma`: the scale; of a magnitude from 2^-50 to 2^50, 1.0507009873554805 when left out.
 * @throws InputError when alpha or gamma is not such a number, and for any other option.
 */
export function selu(options?: {
  readonly alpha?: number | undefined
  readonly gamma?: number | undefined
}): Activation {
  const parameters = readParameters('selu', options, { alpha: ALPHA, gamma: GAMMA })
  const [alpha, gamma] = [exact(parameters.alpha, ALPHA), exact(parameters.gamma, GAMMA)]
  if (Math.abs(alpha) > LARGEST) {
    throw new InputError('invalid-parameter', `selu's alpha is ${alpha}.`, 'Give one from -2^50 to 2^50.')
  }
  if (!(Math.abs(gamma) <= LARGEST && Math.abs(gamma) >= 1 / LARGEST)) {
    throw new InputError(
      'invalid-parameter',
      `selu's gamma is ${gamma}.`,
      'Give one of a magnitude from 2^-50 to 2^50.',
    )
  }
  const limit = gamma * alpha
  const nearest = Math.fround(limit)
  const above = nearest < limit ? floatOf(bitsOf(nearest) + 1) : nearest
  return new Activation({
    name: 'selu',
    parameters,
    wgslSources: [...EXPONENTIAL, shader],
    uniforms: [gamma, limit, above, limit - above],
    selfTestVariants: () => [selu({ alpha: 1.3, gamma: 0.7 })],
    bounds: SMOOTH,
    reference: {
      forward: x => (x > 0 ? gamma * x : limit * Math.expm1(x)),
      derivative: x => (x > 0 ? gamma : limit * Math.exp(x)),
    },
    // Rounded to float32, y may lie below its limit. With a negative alpha or gamma its sign is not that of x.
    derivativeFromY: alpha >= 0 && gamma > 0 ? y => (y > 0 ? gamma : Math.max(y + limit, 0)) : undefined,
  })
}

const ALPHA = 1.6732632423543772
const GAMMA = 1.0507009873554805
const LARGEST = 2 ** 50

/** The constant, if the parameter is that constant in float32. */
function exact(parameter: number, constant: number): number {
  return parameter === Math.fround(constant) ? constant : parameter
}
