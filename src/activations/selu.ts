import shader from '../../shaders/activations/selu.wgsl?raw'
import { bitsOf, floatOf } from '../support/bits.ts'
import { InputError } from '../support/errors.ts'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { EXPONENTIAL } from './support/numerics.ts'

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
  return make(options)
}

const ALPHA = 1.6732632423543772
const GAMMA = 1.0507009873554805
const LARGEST = 2 ** 50

interface Constants {
  readonly alpha: number
  readonly gamma: number
}

/** The constant, if the parameter is that constant in float32. */
function exact(parameter: number, constant: number): number {
  return parameter === Math.fround(constant) ? constant : parameter
}

/** The scale with all its digits. */
function gammaOf({ gamma }: Constants): number {
  return exact(gamma, GAMMA)
}

/** The negative of the limit at -Infinity. */
function limitOf({ alpha, gamma }: Constants): number {
  return exact(alpha, ALPHA) * exact(gamma, GAMMA)
}

const make = /* @__PURE__ */ makerOf({
  name: 'selu',
  parameters: { alpha: ALPHA, gamma: GAMMA },
  check({ alpha, gamma }) {
    if (!(Math.abs(alpha) <= LARGEST)) {
      throw new InputError('invalid-parameter', `selu's alpha is ${alpha}.`, 'Give one from -2^50 to 2^50.')
    }
    if (Math.abs(gamma) <= LARGEST && Math.abs(gamma) >= 1 / LARGEST) return
    const fix = 'Give one of a magnitude from 2^-50 to 2^50.'
    throw new InputError('invalid-parameter', `selu's gamma is ${gamma}.`, fix)
  },
  uniforms(parameters) {
    const limit = limitOf(parameters)
    const nearest = Math.fround(limit)
    const above = nearest < limit ? floatOf(bitsOf(nearest) + 1) : nearest
    return { gamma: gammaOf(parameters), limit, above, rest: limit - above }
  },
  wgslSources: [EXPONENTIAL, shader],
  reference: {
    forward: (x, parameters) => (x > 0 ? gammaOf(parameters) * x : limitOf(parameters) * Math.expm1(x)),
    derivative: (x, parameters) => (x > 0 ? gammaOf(parameters) : limitOf(parameters) * Math.exp(x)),
  },
  // Rounded to float32, y may lie below its limit.
  derivativeFromY: (y, parameters) => (y > 0 ? gammaOf(parameters) : Math.max(y + limitOf(parameters), 0)),
  // With a negative alpha or gamma the sign of y is not that of x.
  isKnownFromY: ({ alpha, gamma }) => alpha >= 0 && gamma > 0,
  bounds: SMOOTH,
  selfTests: [{ alpha: 1.3, gamma: 0.7 }],
})
