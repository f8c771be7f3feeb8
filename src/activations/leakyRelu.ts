import product from '../../shaders/numerics/exact-product.wgsl?raw'
import shader from '../../shaders/activations/leakyRelu.wgsl?raw'
import { Activation, type Gate, type Loops, type Reference } from './support/activation.ts'
import { largestNeedingExact } from './support/uniforms.ts'
import { readParameters } from './support/parameters.ts'

/**
 * The leaky rectified linear unit, `leakyRelu(x) = x > 0 ? x : alpha * x`.
 *
 * The gradient is `dy` where `x > 0` and `alpha * dy` elsewhere, at 0 and at NaN too. NaN passes with its payload. Where
 * alpha is 0, -Infinity goes to the limit 0 (PyTorch has NaN there).
 *
 * Source: Maas, Hannun and Ng, "Rectifier Nonlinearities Improve Neural Network Acoustic Models", ICML 2013; WebNN
 * `leakyRelu`; the default alpha is PyTorch's.
 *
 * @param options `alpha`: the slope below zero, any number finite in float32; 0.01 when left out.
 * @throws InputError when alpha is not a number, NaN or infinite, or another option is given.
 */
export function leakyRelu(options?: { readonly alpha?: number | undefined }): Activation {
  const { alpha } = readParameters('leakyRelu', options, { alpha: 0.01 })
  const gate: Gate = {
    isOpen: x => x > 0,
    slope: () => alpha,
  }
  const reference: Reference = {
    forward: x => (x > 0 ? x : alpha === 0 && x === -Infinity ? -alpha : alpha * x),
    derivative: x => (gate.isOpen(x) ? 1 : alpha),
  }
  return new Activation({
    name: 'leakyRelu',
    parameters: { alpha },
    shader: [product, shader],
    uniforms: [alpha, largestNeedingExact(alpha)],
    selfTestVariants: () => SELF_TEST_ALPHAS.map(each => leakyRelu({ alpha: each })),
    reference,
    gate,
    // With a negative alpha y is positive on both sides of 0.
    derivativeFromY: alpha >= 0 ? reference.derivative : undefined,
    loops: loopsFor(alpha),
  })
}

function loopsFor(alpha: number): Loops {
  return {
    forward: (x, y) => scale(x, x, y, alpha, Object.is(alpha, 0) ? NEGATIVE_ZERO : 0),
    backward: (x, dy, dx) => scale(x, dy, dx, alpha, QUIET_NAN),
  }
}

/** A zero, and a subnormal number below it, whose products are all in doubt. */
export const SELF_TEST_ALPHAS = [0, -97 * 2 ** -149]

const NEGATIVE_ZERO = -0x80000000
const QUIET_NAN = 0x7fc00000
const INFINITY = 0x7f800000

// result = values where gate > 0, else alpha * values. The slope is looked up by the sign, since random signs make a
// processor guess every second branch wrong; only NaN and Infinity, which are rare, take a branch. The product of two
// float32 is exact in float64, so storing it is its one rounding.
function scale(
  gate: Int32Array,
  values: Int32Array,
  result: Int32Array,
  alpha: number,
  zeroTimesInfinity: number,
): void {
  const valuesAsFloat = new Float32Array(values.buffer, values.byteOffset, values.length)
  const resultAsFloat = new Float32Array(result.buffer, result.byteOffset, result.length)
  const slopes = new Float64Array([1, alpha])
  for (let i = 0; i < gate.length; i++) {
    const word = gate[i]!
    const shut = ((word - 1) | word | (INFINITY - word)) >>> 31
    const magnitude = values[i]! & 0x7fffffff
    if (magnitude < INFINITY) resultAsFloat[i] = valuesAsFloat[i]! * slopes[shut]!
    else if (magnitude > INFINITY || shut === 0) result[i] = values[i]!
    else if (alpha === 0) result[i] = zeroTimesInfinity
    else resultAsFloat[i] = valuesAsFloat[i]! * alpha
  }
}
