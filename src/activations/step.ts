import shader from '../../shaders/activations/step.wgsl?raw'
import type { Activation } from './support/activation.ts'
import { makerOf } from './support/definition.ts'

/**
 * The unit step, `step(x) = x > 0 ? 1 : 0`; NaN passes.
 *
 * The gradient is exactly +0 everywhere, even for `dy` NaN or Infinity.
 *
 * Source: Heaviside's function with the value 0 at 0, as in `torch.heaviside(x, 0)`.
 *
 * @throws InputError for any option.
 */
export function step(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'step',
  wgslSources: [shader],
  reference: { forward: x => (x > 0 ? 1 : 0), derivative: () => 0 },
  zeroWhereShut: true,
})
