import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/hardShrink.wgsl?raw'
import { InputError } from '../support/errors.ts'
import type { Activation } from './support/activation.ts'
import { makerOf } from './support/definition.ts'

/**
 * `hardShrink(x) = |x| > lambda ? x : +0`.
 *
 * x passes bit for bit where `|x| > lambda`, as does NaN. The gradient is `dy` where `|x| > lambda` and exactly +0 elsewhere, at
 * NaN too, even for `dy` NaN or Infinity.
 *
 * Source: PyTorch `hardshrink`.
 *
 * @param options `lambda`: the half-width of the interval that maps to 0, finite in float32 or infinite, and not negative; 0.5 when left out.
 * @throws InputError when lambda is not a number, NaN or negative, and for any other option.
 */
export function hardShrink(options?: { readonly lambda?: number | undefined }): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'hardShrink',
  parameters: { lambda: 0.5 },
  range: 'infinite',
  // Adding 0 turns -0 into +0.
  normalize: ({ lambda }) => ({ lambda: lambda + 0 }),
  check({ lambda }) {
    if (lambda >= 0) return
    throw new InputError('invalid-parameter', `hardShrink's lambda is ${lambda}.`, 'Give one that is not negative.')
  },
  wgslSources: [zeroGate, shader],
  reference: { forward: (x, { lambda }) => (Math.abs(x) > lambda ? x : 0) },
  gate: { isOpen: (x, { lambda }) => Math.abs(x) > lambda },
  selfTests: [{ lambda: 3 }, { lambda: Infinity }],
})
