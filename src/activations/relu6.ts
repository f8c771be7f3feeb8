import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/relu6.wgsl?raw'
import { Activation } from './support/activation.ts'
import { gatedBy } from './support/gated.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The rectified linear unit with a ceiling, `relu6(x) = min(max(x, 0), 6)`.
 *
 * x passes bit for bit where `0 <= x <= 6`, and NaN with its payload. The gradient is `dy` where `0 < x < 6` and
 * exactly +0 elsewhere, at NaN too, even for `dy` NaN or Infinity (PyTorch's `hardtanh_backward`).
 *
 * Source: Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010; PyTorch `relu6`.
 *
 * @throws InputError for any option.
 */
export function relu6(options?: Readonly<Record<string, never>>): Activation {
  readParameters('relu6', options, {})
  const gated = gatedBy(
    x => x > 0 && x < 6,
    x => (x < 0 ? 0 : x > 6 ? 6 : x),
  )
  return new Activation({
    name: 'relu6',
    wgslSources: [zeroGate, shader],
    ...gated,
    derivativeFromY: gated.reference.derivative,
  })
}
