import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/relu6.wgsl?raw'
import type { Activation } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { integerClamp } from './support/integers.ts'

/**
 * The rectified linear unit with a ceiling, `relu6(x) = min(max(x, 0), 6)`.
 *
 * x passes bit for bit where `0 <= x <= 6`, and NaN with its payload. The gradient is `dy` where `0 < x < 6` and
 * exactly +0 elsewhere, at NaN too, even for `dy` NaN or Infinity (PyTorch's `hardtanh_backward`).
 * Source: Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010; PyTorch `relu6`.
 *
 * @throws InputError for any option.
 */
export function relu6(options?: Readonly<Record<string, never>>): Activation {
  return make(options)
}

const make = /* @__PURE__ */ makerOf({
  name: 'relu6',
  wgslSources: [zeroGate, shader],
  reference: { forward: x => (x < 0 ? 0 : x > 6 ? 6 : x) },
  gate: { isOpen: x => x > 0 && x < 6 },
  integers: () => integerClamp({ minValue: 0, maxValue: 6 }, 1),
  derivativeFromY: y => (y > 0 && y < 6 ? 1 : 0),
})
