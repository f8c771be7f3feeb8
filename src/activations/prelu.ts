import product from '../../shaders/numerics/exact-product.wgsl?raw'
import leakyShader from '../../shaders/activations/leakyRelu.wgsl?raw'
import shader from '../../shaders/activations/prelu.wgsl?raw'
import boundShader from '../../shaders/activations/prelu-bound.wgsl?raw'
import arrays from '../../shaders/reductions/alpha-arrays.wgsl?raw'
import adjacent from '../../shaders/reductions/alpha-adjacent.wgsl?raw'
import bindings from '../../shaders/reductions/alpha-bindings.wgsl?raw'
import run from '../../shaders/reductions/alpha-run.wgsl?raw'
import single from '../../shaders/reductions/alpha-single.wgsl?raw'
import biased from '../../shaders/reductions/alpha-single-biased.wgsl?raw'
import vectors from '../../shaders/reductions/alpha-vectors.wgsl?raw'
import gradientShader from '../../shaders/reductions/backward-alpha.wgsl?raw'
import { readFloats } from '../support/arrays.ts'
import { InputError, show } from '../support/errors.ts'
import { reading, readOptions } from '../support/reading.ts'
import { Activation, type Parameters } from './support/activation.ts'
import { gatedBy } from './support/gated.ts'
import { largestNeedingExact } from './support/uniforms.ts'
import { leakyRelu } from './leakyRelu.ts'
import { readNumber } from './support/parameters.ts'

const LARGEST_INNER = 2 ** 31 - 1
// Bounds the memory of `parameters.alpha`, some 40 bytes a slope as numbers: an engine without memory for them ends the
// page or the process.
const MOST_SLOPES = 2 ** 24
// Covers an odd last bit, both zeros, subnormals with few and with many significant bits, and slopes slightly and far
// above 1. No slope is negative, so that y determines the gradient.
const SELF_TEST_SLOPES = /* @__PURE__ */ Float32Array.of(0.1, 0, 1.36e-43, 2, 7e-39, -0, 2 ** 30)
const gradientParts = { arrays, bindings, vectors, run, adjacent, single, biased }
const WANTED = 'a finite number, or an array of one for each channel: of numbers, or a Float32Array'

/**
 * The parametric rectified linear unit, `prelu(x) = x > 0 ? x : alpha * x` with a learned slope for each channel: element i has the
 * slope `alpha[floor(i / inner) % alpha.length]`.
 *
 * The gradient is `dy` where `x > 0` and `alpha * dy` elsewhere, at 0 and at NaN too. NaN passes with its payload. Where alpha is
 * 0, y at -Infinity is the limit 0; PyTorch returns NaN.
 *
 * `dispatcher.backwardAlpha` computes the gradient of alpha. Kernels can read the slopes from a buffer, `alpha`, and compute
 * their gradient in the same pass, `dalpha`.
 *
 * The length of a tensor is a multiple of `alpha.length * inner`. With one slope it may be any length.
 *
 * Source: He, Zhang, Ren and Sun, "Delving Deep into Rectifiers", ICCV 2015; WebNN `prelu`; the default alpha is PyTorch's.
 *
 * @param options `alpha`: one slope, or one for each channel, at most 2^24, as an array of numbers, a Float32Array, a Float64Array
 * or a Float16Array, which is copied; any numbers finite in float32, 0.25 when left out. `inner`: the number of adjacent elements
 * of one channel, an integer from 1 to 2^31 - 1; 1 when left out, for a tensor whose channels come last. For a tensor of shape
 * [batch, channels, height, width] inner is height * width.
 * @throws InputError when alpha is not a number or such an array, is empty, or holds a value that is not a finite number, when
 * inner is not such an integer, and for any other option
 */
export function prelu(options?: {
  readonly alpha?: number | readonly number[] | Float32Array | Float64Array | undefined
  readonly inner?: number | undefined
}): Activation {
  const given = readOptions('prelu', options, ['alpha', 'inner'], 'Call prelu({ alpha: 0.25, inner: 1 }).')
  const { alpha = 0.25, inner = 1 } = given
  const list = reading("prelu's alpha", () => Array.isArray(alpha))
    ? (alpha as unknown[])
    : readFloats("prelu's alpha", alpha)
  const slopes = list === undefined ? Float32Array.of(readNumber('prelu', 'alpha', alpha, WANTED)) : readSlopes(list)
  if (!Number.isInteger(inner) || (inner as number) < 1 || (inner as number) > LARGEST_INNER) {
    const range = `an integer from 1 to ${LARGEST_INNER}`
    throw new InputError('invalid-parameter', `prelu's inner is ${show(inner)}.`, `Give ${range}.`)
  }
  return make(slopes, inner as number)
}

/** Copies the slopes. Each is read once, because a getter or shared memory may give another value later. */
function readSlopes(alpha: ArrayLike<unknown>): Float32Array {
  const length = reading("prelu's alpha", () => alpha.length)
  // The length of a proxy may be anything, NaN too.
  if (!(length >= 1)) {
    throw new InputError('invalid-parameter', `prelu's alpha is empty.`, 'Give a slope for each channel.')
  }
  if (length > MOST_SLOPES) {
    const message = `prelu's alpha has ${length} slopes.`
    throw new InputError('invalid-parameter', message, `Give at most ${MOST_SLOPES}.`)
  }
  // Stops at the first value that is not a number, because a sparse array may be long.
  const slopes = new Float32Array(length)
  const wrong = reading("prelu's alpha", () => {
    for (let i = 0; i < length; i++) {
      const slope = alpha[i]
      if (typeof slope !== 'number' || !Number.isFinite(Math.fround(slope))) return { i, slope }
      slopes[i] = slope
    }
    return undefined
  })
  if (wrong !== undefined) readNumber('prelu', `alpha[${wrong.i}]`, wrong.slope)
  return slopes
}

function make(slopes: Float32Array, inner: number): Activation {
  const alpha = slopes[0]!
  const isOne = slopes.length === 1
  const slopeAt = (element = 0): number => slopes[Math.floor(element / inner) % slopes.length]!
  const forward = (x: number, element?: number): number => {
    if (x > 0) return x
    const slope = slopeAt(element)
    return slope === 0 && x === -Infinity ? -slope : slope * x
  }
  const gated = gatedBy(x => x > 0, forward, slopeAt)
  return new Activation({
    name: 'prelu',
    // prelu with one slope is leakyRelu, and shares its program.
    programName: isOne ? 'leakyRelu' : 'prelu',
    parameters: isOne ? { alpha, inner } : parametersOf(slopes, inner),
    wgslSources: [product, isOne ? leakyShader : shader],
    uniforms: isOne ? [alpha, largestNeedingExact(alpha)] : [],
    selfTestVariants: () => (isOne ? leakyRelu().selfTestVariants!() : [prelu({ alpha: SELF_TEST_SLOPES, inner: 3 })]),
    ...gated,
    // With a negative slope y is positive on both sides of 0.
    derivativeFromY: slopes.every(slope => slope >= 0) ? gated.reference.derivative : undefined,
    channels: { slopes, inner, gradientShader, gradientParts, bound: makeBound },
  })
}

// Its slopes may be negative, so that y does not determine the gradient. No processor but a GPU computes it: the reference
// knows no slopes.
function makeBound(inner: number): Activation {
  const wgslSources = [product, shader, boundShader]
  const gated = gatedBy(
    x => x > 0,
    x => (x > 0 ? x : NaN),
    () => NaN,
  )
  return new Activation({ name: 'prelu', programName: 'prelu bound', parameters: { inner }, wgslSources, ...gated })
}

// Converts slopes to numbers on first access: 2^18 of them take 8 MiB, and training makes a prelu in each step.
function parametersOf(slopes: Float32Array, inner: number): Parameters {
  let numbers: readonly number[] | undefined
  return {
    get alpha() {
      return (numbers ??= Object.freeze(Array.from(slopes)))
    },
    inner,
  }
}
