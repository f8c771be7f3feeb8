import zeroGate from '../../shaders/numerics/zero-gate.wgsl?raw'
import shader from '../../shaders/activations/hardShrink.wgsl?raw'
import { InputError } from '../support/errors.ts'
import { Activation, type Gate } from './support/activation.ts'
import { readParameters } from './support/parameters.ts'

/**
 * `hardShrink(x) = |x| > lambda ? x : +0`.
 *
 * x passes with its bits outside, NaN too. The gradient is `dy` there and exactly +0 inside and at NaN, even for `dy` NaN
 * or Infinity.
 *
 * Source: PyTorch `hardshrink`.
 *
 * @param options `lambda`: the half-width of what becomes 0, finite in float32 and not negative; 0.5 when left out.
 * @throws InputError when lambda is not a number, NaN, infinite or negative, or another option is given.
 */
export function hardShrink(options?: { readonly lambda?: number | undefined }): Activation {
  // Without the sign of a zero.
  const lambda = readParameters('hardShrink', options, { lambda: 0.5 }).lambda + 0
  if (lambda < 0) {
    throw new InputError('invalid-parameter', `hardShrink's lambda is ${lambda}.`, 'Give one that is not negative.')
  }
  const gate: Gate = {
    isOpen: x => Math.abs(x) > lambda,
    slope: () => 0,
  }
  return new Activation({
    name: 'hardShrink',
    parameters: { lambda },
    shader: [zeroGate, shader],
    uniforms: [lambda],
    selfTestVariants: () => [hardShrink({ lambda: 3 })],
    zeroWhereShut: true,
    reference: {
      forward: x => (Math.abs(x) > lambda ? x : 0),
      derivative: x => (gate.isOpen(x) ? 1 : 0),
    },
    gate,
  })
}
