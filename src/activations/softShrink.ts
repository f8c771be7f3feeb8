import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/softShrink.wgsl?raw'
import { SMALLEST_NORMAL } from '../support/bits.ts'
import { InputError } from '../support/errors.ts'
import type { Activation } from './support/activation.ts'
import { makerOf } from './support/definition.ts'

/**
 * `softShrink(x) = x > lambda ? x - lambda : x < -lambda ? x + lambda : +0`.
 *
 * NaN passes with its payload. The gradient is `dy` where `|x| > lambda` and exactly +0 elsewhere, at NaN too, even for
 * `dy` NaN or Infinity.
 *
 * Source: PyTorch `softshrink`.
 *
 * @param options `lambda`: the half-width of the interval that maps to 0; 0, or from 2^-126 on, Infinity too; 0.5 when left out.
 * @throws InputError when lambda is not a number, NaN, negative or subnormal, and for any other option.
 */
export function softShrink(options?: { readonly lambda?: number | undefined }): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'softShrink',
  parameters: { lambda: 0.5 },
  range: 'infinite',
  // Adding 0 turns -0 into +0.
  normalize: ({ lambda }) => ({ lambda: lambda + 0 }),
  check({ lambda }) {
    if (lambda >= 0 && !(lambda > 0 && lambda < SMALLEST_NORMAL)) return
    throw new InputError('invalid-parameter', `softShrink's lambda is ${lambda}.`, 'Give 0, or one from 2^-126 on.')
  },
  wgslSources: [zeroGate, shader],
  reference: { forward: (x, { lambda }) => (x > lambda ? x - lambda : x < -lambda ? x + lambda : 0) },
  gate: { isOpen: (x, { lambda }) => Math.abs(x) > lambda },
  // y is one subtraction, and a driver may flush a subnormal difference.
  bounds: { forward: 0, backward: 0 },
  selfTests: [{ lambda: 3 }, { lambda: Infinity }],
})
