import shader from '../../shaders/activations/relu6.wgsl?raw'
import { Activation } from './activation.ts'
import { readParameters } from './parameters.ts'

/**
 * The rectified linear unit with a ceiling, `relu6(x) = min(max(x, 0), 6)`.
 *
 * What lies between passes with its bits, NaN with its payload. The gradient is `dy` where `0 < x < 6` and exactly +0
 * elsewhere, at NaN too (PyTorch's `hardtanh_backward`).
 *
 * Source: Krizhevsky, "Convolutional Deep Belief Networks on CIFAR-10", 2010; PyTorch `relu6`.
 *
 * @throws InputError when it is given an option: it has none.
 */
export function relu6(options?: Readonly<Record<string, never>>): Activation {
  readParameters('relu6', options, {})
  return new Activation({
    name: 'relu6',
    shader: [shader],
    gated: true,
    reference: {
      forward: x => (x < 0 ? 0 : x > 6 ? 6 : x),
      derivative: x => (x > 0 && x < 6 ? 1 : 0),
    },
  })
}
