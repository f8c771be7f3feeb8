import bounded from '../../shaders/numerics/bounded.wgsl?raw'
import order from '../../shaders/numerics/order.wgsl?raw'
import shader from '../../shaders/activations/hardSigmoid.wgsl?raw'
import linearShader from '../../shaders/activations/hardSigmoidLinear.wgsl?raw'
import { InputError } from '../support/errors.ts'
import { readOptions } from '../support/reading.ts'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'
import { crossingsOf } from './support/uniforms.ts'

/**
 * The piecewise linear sigmoid, `hardSigmoid(x) = min(max(x + 3, 0), 6) / 6`, or with options
 * `min(max(alpha * x + beta, 0), 1)`.
 *
 * Without options it is PyTorch's, of slope 1/6. WebNN, ONNX and Keras 2 have the slope 0.2 where theirs is left out: that
 * is `hardSigmoid({ alpha: 0.2, beta: 0.5 })`.
 *
 * The gradient is `dy` times the slope where `0 < y < 1` before rounding, which is `-3 < x < 3` without options, and exactly
 * +0 elsewhere, at NaN too, even for `dy` NaN or Infinity. Which x these are is decided exactly.
 *
 * Source: Courbariaux, Bengio and David, "BinaryConnect", NIPS 2015; PyTorch `hardsigmoid`, WebNN and ONNX `hardSigmoid`.
 *
 * @param options `alpha`: the slope, from 2^-24 to 2^24 or the negative of that; 1/6 when left out. `beta`: y at 0; 0, or
 * from 2^-48 to 2^24 or the negative of that; 0.5 when left out.
 * @throws InputError when alpha or beta is not a number in these ranges, and for any other option.
 */
export function hardSigmoid(options?: {
  readonly alpha?: number | undefined
  readonly beta?: number | undefined
}): Activation {
  const fix = 'Call hardSigmoid({ alpha: 0.2, beta: 0.5 }).'
  const { alpha, beta } = readOptions('hardSigmoid', options, ['alpha', 'beta'], fix)
  return alpha === undefined && beta === undefined ? makeUsual() : makeLinear({ alpha, beta })
}

/** PyTorch's. */
const makeUsual = /* @__PURE__ */ makerOf({
  name: 'hardSigmoid',
  wgslSources: [bounded, shader],
  reference: {
    forward: x => Math.min(Math.max(x + 3, 0), 6) / 6,
    derivative: x => (x > -3 && x < 3 ? 1 / 6 : 0),
  },
  zeroWhereShut: true,
  bounds: SMOOTH,
})

const makeLinear = /* @__PURE__ */ makerOf({
  name: 'hardSigmoid',
  programName: 'hardSigmoidLinear',
  // 1/6 in float32. Written out, because esbuild keeps a quotient, and with it all of this, in applications without it.
  parameters: { alpha: 0.16666667, beta: 0.5 },
  check({ alpha, beta }) {
    const limits = 'to 2^24, or the negative of that.'
    if (!(Math.abs(alpha) >= 2 ** -24 && Math.abs(alpha) <= 2 ** 24)) {
      const fix = `Give one from 2^-24 ${limits}`
      throw new InputError('invalid-parameter', `hardSigmoid's alpha is ${alpha}.`, fix)
    }
    if (!(beta === 0 || (Math.abs(beta) >= 2 ** -48 && Math.abs(beta) <= 2 ** 24))) {
      const fix = `Give 0, or one from 2^-48 ${limits}`
      throw new InputError('invalid-parameter', `hardSigmoid's beta is ${beta}.`, fix)
    }
  },
  uniforms: ({ alpha, beta }) => ({ alpha, ...crossingsOf(Math.abs(alpha), beta) }),
  wgslSources: [bounded, order, linearShader],
  reference: {
    // A product of two float32 is exact in float64, and so is the sign of the sum.
    forward: (x, { alpha, beta }) => Math.min(Math.max(alpha * x + beta, 0), 1),
    derivative: (x, { alpha, beta }) =>
      alpha * x + beta > 0 && Math.sign(alpha) * x < crossingsOf(Math.abs(alpha), beta).one ? alpha : 0,
  },
  zeroWhereShut: true,
  bounds: SMOOTH,
  selfTests: [
    { alpha: 0.3, beta: 0.7 },
    { alpha: -1.7, beta: 1 },
  ],
})
