import shader from '../../shaders/activations/swigluClamped.wgsl?raw'
import { InputError } from '../support/errors.ts'
import { smoothWithCrossing } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { clampFinite, logistic, swishDerivative } from './support/float64.ts'
import { GluActivation } from './support/glu-activation.ts'
import { LOGISTIC } from './support/numerics.ts'
import { splitPeriod } from './support/uniforms.ts'

/**
 * The gated linear unit of GPT-OSS: `g * sigmoid(alpha * g) * (u + 1)` with `g = min(gate, limit)` and
 * `u = min(max(up, -limit), limit)`.
 *
 * The gradients pass at the bounds. Beyond them, and at NaN, they are exactly +0, for any `dy`. NaN passes forward.
 *
 * Source: `GptOssExperts` of Hugging Face Transformers, with PyTorch's `clamp`, whose tensor has gate and up interleaved:
 * `{ columns, layout: 'interleaved' }`.
 *
 * @param options `alpha`: the sharpness of the sigmoid, from 0.25 to 65,536; 1.702 when left out. `limit`: the bound, 0 or more,
 * and Infinity for none; 7 when left out.
 * @throws InputError when alpha or limit is not such a number, and for any other option.
 */
export function swigluClamped(options?: {
  readonly alpha?: number | undefined
  readonly limit?: number | undefined
}): GluActivation {
  const activation = make(options)
  const { limit } = activation.parameters as { readonly limit: number }
  const isWithin = (x: number): boolean => x <= limit
  return new GluActivation('swigluClamped', activation, {
    clamps: {
      gate: gate => Math.min(gate, limit),
      factor: up => Math.max(-limit, Math.min(up, limit)) + 1,
      isGateOpen: isWithin,
      isUpOpen: up => isWithin(Math.abs(up)),
    },
  })
}

/** f of the clamped gate. */
const make = /* @__PURE__ */ makerOf({
  name: 'swigluClamped',
  parameters: { alpha: 1.702, limit: 7 },
  range: 'infinite',
  // Adding 0 turns -0 into +0.
  normalize: ({ alpha, limit }) => ({ alpha, limit: limit + 0 }),
  check({ alpha, limit }) {
    if (!(alpha >= 0.25 && alpha <= 65536)) {
      const fix = 'Give a number from 0.25 to 65536.'
      throw new InputError('invalid-parameter', `swigluClamped's alpha is ${alpha}.`, fix)
    }
    if (limit >= 0) return
    const message = `swigluClamped's limit is ${limit}: its bounds for up cross.`
    throw new InputError('invalid-parameter', message, 'Give 0 or more, or Infinity.')
  },
  uniforms({ alpha, limit }) {
    const [periodHigh, periodLow] = splitPeriod(alpha)
    return { alpha, periodHigh, periodLow, limit }
  },
  wgslSources: [LOGISTIC, shader],
  reference: {
    forward: (x, { alpha }) => Math.max(x, -1e5) * logistic(alpha * x),
    derivative: (x, { alpha }) => swishDerivative(clampFinite(alpha * x), clampFinite(alpha * x), 1),
  },
  bounds: ({ alpha }) => smoothWithCrossing(-1.278464542761074 / alpha),
})
