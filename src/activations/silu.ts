import shader from '../../shaders/activations/silu.wgsl?raw'
import { Activation, smoothWithCrossing } from './support/activation.ts'
import { clampFinite, logistic, swishDerivative } from './support/float64.ts'
import { LOGISTIC } from './support/numerics.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The sigmoid linear unit, or swish: `silu(x) = x * sigmoid(x)`.
 *
 * Its derivative crosses zero near -1.28. At -Infinity silu is the limit 0; PyTorch returns NaN.
 *
 * Source: Elfwing, Uchibe and Doya, "Sigmoid-Weighted Linear Units for Neural Network Function Approximation in Reinforcement
 * Learning", Neural Networks 107, 2018; PyTorch `silu`.
 *
 * @throws InputError for any option.
 */
export function silu(options?: Readonly<Record<string, never>>): Activation {
  readParameters('silu', options, {})
  return new Activation({
    name: 'silu',
    wgslSources: [...LOGISTIC, shader],
    bounds: smoothWithCrossing(-1.2784645),
    reference: {
      forward: x => Math.max(x, -1e4) * logistic(x),
      derivative: x => swishDerivative(clampFinite(x), clampFinite(x), 1),
    },
  })
}
