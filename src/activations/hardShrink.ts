import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/hardShrink.wgsl?raw'
import { InputError } from '../support/errors.ts'
import { Activation } from './support/activation.ts'
import { gatedBy } from './support/gated.ts'
import { readParameters } from './support/parameters.ts'

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
  // Adding 0 turns -0 into +0.
  const lambda = readParameters('hardShrink', options, { lambda: 0.5 }, 'infinite').lambda + 0
  if (lambda < 0) {
    throw new InputError('invalid-parameter', `hardShrink's lambda is ${lambda}.`, 'Give one that is not negative.')
  }
  return new Activation({
    name: 'hardShrink',
    parameters: { lambda },
    wgslSources: [zeroGate, shader],
    uniforms: [lambda],
    selfTestVariants: () => [hardShrink({ lambda: 3 }), hardShrink({ lambda: Infinity })],
    ...gatedBy(
      x => Math.abs(x) > lambda,
      x => (Math.abs(x) > lambda ? x : 0),
    ),
  })
}
