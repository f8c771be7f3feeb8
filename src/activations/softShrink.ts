import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/softShrink.wgsl?raw'
import { SMALLEST_NORMAL } from '../support/bits.ts'
import { InputError } from '../support/errors.ts'
import { Activation } from './support/activation.ts'
import { gatedBy } from './support/gated.ts'
import { readParameters } from './support/parameters.ts'

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
  // Adding 0 turns -0 into +0.
  const lambda = readParameters('softShrink', options, { lambda: 0.5 }, 'infinite').lambda + 0
  if (lambda < 0 || (lambda > 0 && lambda < SMALLEST_NORMAL)) {
    throw new InputError('invalid-parameter', `softShrink's lambda is ${lambda}.`, 'Give 0, or one from 2^-126 on.')
  }
  return new Activation({
    name: 'softShrink',
    parameters: { lambda },
    wgslSources: [zeroGate, shader],
    uniforms: [lambda],
    selfTestVariants: () => [softShrink({ lambda: 3 }), softShrink({ lambda: Infinity })],
    // y is one subtraction, and a driver may flush a subnormal difference.
    bounds: { forward: 0, backward: 0 },
    ...gatedBy(
      x => Math.abs(x) > lambda,
      x => (x > lambda ? x - lambda : x < -lambda ? x + lambda : 0),
    ),
  })
}
