import shader from '../../shaders/activations/swish.wgsl?raw'
import { LARGEST_FLOAT32 } from '../support/bits.ts'
import { InputError } from '../support/errors.ts'
import { type Activation, SMOOTH, smoothWithCrossing } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { clampFinite, logistic, swishDerivative } from './support/float64.ts'
import { LOGISTIC } from './support/numerics.ts'
import { splitPeriod } from './support/uniforms.ts'

/**
 * The swish with its parameter, `swish(x) = x * sigmoid(beta * x)`. With beta 1 it is silu, with 1.702 quickGelu, with 0 it is
 * x / 2; towards larger beta it approaches relu.
 *
 * Its derivative crosses zero at -1.2784645 / beta. Where sigmoid goes to 0, at -Infinity for a positive beta and at Infinity for
 * a negative one, swish is the limit 0.
 *
 * Source: Ramachandran, Zoph and Le, "Searching for Activation Functions", arXiv 1710.05941, 2017; ONNX `Swish`, whose
 * parameter is named alpha, TensorFlow `silu`.
 *
 * @param options `beta`: the sharpness; 0, or of a magnitude from 2^-64 to 2^64; 1 when left out.
 * @throws InputError when beta is not such a number, and for any other option.
 */
export function swish(options?: { readonly beta?: number | undefined }): Activation {
  return make(options)
}

function argument(x: number, beta: number): number {
  return clampFinite(beta * Math.max(-LARGEST_FLOAT32, Math.min(x, LARGEST_FLOAT32)))
}

const make = /* @__PURE__ */ makerOf({
  name: 'swish',
  parameters: { beta: 1 },
  check({ beta }) {
    const rate = Math.abs(beta)
    if (rate === 0 || (rate >= 2 ** -64 && rate <= 2 ** 64)) return
    const fix = 'Give 0, or one of a magnitude from 2^-64 to 2^64.'
    throw new InputError('invalid-parameter', `swish's beta is ${beta}.`, fix)
  },
  uniforms({ beta }) {
    if (beta === 0) return { beta, periodHigh: 0, periodLow: 0, least: -Infinity }
    const [periodHigh, periodLow] = splitPeriod(Math.abs(beta))
    return { beta, periodHigh, periodLow, least: -222 * periodHigh }
  },
  wgslSources: [LOGISTIC, shader],
  reference: {
    forward(x, { beta }) {
      const weight = logistic(argument(x, beta))
      return weight === 0 ? 0 : x * weight
    },
    derivative: (x, { beta }) => swishDerivative(argument(x, beta), argument(x, beta), 1),
  },
  bounds: ({ beta }) => (beta === 0 ? SMOOTH : smoothWithCrossing(-1.278464542761074 / beta, 1 / (4 * Math.abs(beta)))),
  selfTests: [{ beta: 1.7 }, { beta: -0.3 }, { beta: 0 }],
})
