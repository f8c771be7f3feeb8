import shader from '../../shaders/activations/swigluClamped.wgsl?raw'
import { InputError, show } from '../support/errors.ts'
import { readOptions } from '../support/reading.ts'
import { Activation, smoothWithCrossing } from './support/activation.ts'
import { clampFinite, logistic, swishDerivative } from './support/float64.ts'
import { GluActivation } from './support/glu-activation.ts'
import { LOGISTIC } from './support/numerics.ts'
import { readNumber } from './support/parameters.ts'
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
  const usage = 'Call swigluClamped({ alpha: 1.702, limit: 7 }).'
  const { alpha: givenAlpha, limit: givenLimit } = readOptions('swigluClamped', options, ['alpha', 'limit'], usage)
  const alpha = readNumber('swigluClamped', 'alpha', givenAlpha === undefined ? 1.702 : givenAlpha)
  const limit = givenLimit === Infinity ? Infinity : readNumber('swigluClamped', 'limit', givenLimit ?? 7)
  if (!(alpha >= 0.25 && alpha <= 65536)) {
    throw new InputError(
      'invalid-parameter',
      `swigluClamped's alpha is ${show(givenAlpha)}.`,
      'Give a number from 0.25 to 65536.',
    )
  }
  if (limit < 0) {
    const message = `swigluClamped's limit is ${show(givenLimit)}: its bounds for up cross.`
    throw new InputError('invalid-parameter', message, 'Give 0 or more, or Infinity.')
  }
  const parameters = { alpha, limit: limit === 0 ? 0 : limit }
  const argument = (x: number): number => clampFinite(alpha * x)
  const activation = new Activation({
    name: 'swigluClamped',
    parameters,
    wgslSources: [...LOGISTIC, shader],
    uniforms: [alpha, ...splitPeriod(alpha), parameters.limit],
    bounds: smoothWithCrossing(-1.278464542761074 / alpha),
    reference: {
      forward: x => Math.max(x, -1e5) * logistic(alpha * x),
      derivative: x => swishDerivative(argument(x), argument(x), 1),
    },
  })
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
