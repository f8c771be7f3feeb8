import bounded from '../../shaders/numerics/bounded.wgsl?raw'
import shader from '../../shaders/activations/squareplus.wgsl?raw'
import { SMALLEST_NORMAL } from '../support/bits.ts'
import { InputError } from '../support/errors.ts'
import { type Activation, SMOOTH } from './support/activation.ts'
import { makerOf } from './support/definition.ts'

/**
 * A smooth algebraic rectifier, `squareplus(x) = (x + sqrt(x^2 + b)) / 2`.
 *
 * Its derivative is `(1 + x / sqrt(x^2 + b)) / 2`. Far below zero y approaches `b / (4 * |x|)`, computed without cancellation. With
 * `b` 0 squareplus is relu, with the gradient 0 at 0.
 *
 * Source: Barron, "Squareplus: A Softplus-Like Algebraic Rectifier", arXiv 2112.11687, 2021; the default b is that of JAX.
 *
 * @param options `b`: the width of the bend at 0; 0, or from 2^-126, the smallest normal float32; 4 when left out.
 * @throws InputError when b is not such a number, and for any other option.
 */
export function squareplus(options?: { readonly b?: number | undefined }): Activation {
  return make(options)
}

/** sqrt(x^2 + b). The square of a float32 does not overflow in float64. */
function distance(x: number, b: number): number {
  return Math.sqrt(x * x + b)
}

const make = /* @__PURE__ */ makerOf({
  name: 'squareplus',
  parameters: { b: 4 },
  check({ b }) {
    // A driver may flush a subnormal b to 0, but the square root of b in the uniforms is normal: the two would disagree.
    if (b === 0 || b >= SMALLEST_NORMAL) return
    throw new InputError('invalid-parameter', `squareplus's b is ${b}.`, 'Give 0, or a number from 2^-126.')
  },
  uniforms: ({ b }) => ({ b, root: Math.sqrt(b), inverseRoot: b === 0 ? 0 : 1 / Math.sqrt(b) }),
  wgslSources: [bounded, shader],
  reference: {
    forward(x, { b }) {
      if (x === 0) return Math.sqrt(b) / 2
      return x > 0 ? (x + distance(x, b)) / 2 : b / (2 * (distance(x, b) - x))
    },
    derivative(x, { b }) {
      const length = distance(x, b)
      const below = length === 0 ? 0 : b / (2 * length * (length + Math.abs(x)))
      return x > 0 ? 1 - below : below
    },
  },
  derivativeFromY: (y, { b }) => (y === 0 ? 0 : y === Infinity ? 1 : (4 * y * y) / (4 * y * y + b)),
  bounds: SMOOTH,
  selfTests: [{ b: 0.37 }, { b: 0 }],
})
