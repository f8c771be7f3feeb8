import { describe, expect, test } from 'vitest'
import type { Activation } from '../../../src/activations/support/activation.ts'
import { computeInJavaScript } from '../../../src/reference/compute.ts'
import {
  celu,
  elu,
  gelu,
  hardShrink,
  hardSwish,
  hardTanh,
  leakyRelu,
  prelu,
  relu,
  relu6,
  selu,
  sigmoid,
  silu,
  softplus,
  softShrink,
  squaredRelu,
  step,
  tanh,
  threshold,
} from '../../../src/index.ts'
import { boundedSamples, samplesOfAnyLength } from '../../activations/samples.ts'
import { bitsOf, expectSameBits, fromBits, scrambledBits, toBits } from '../../support/float32.ts'
import { preluBackward, preluForward } from '../../support/prelu.ts'
import {
  hardTanhBackward,
  hardTanhForward,
  leakyReluBackward,
  leakyReluForward,
  reluBackward,
  reluForward,
  shrinkBackward,
  thresholdBackward,
} from '../../support/truth.ts'
import { referenceResults, taskOf } from '../../support/tasks.ts'
import { activationOf, numbers, type Vectors, vectorsIn } from '../../support/vectors.ts'

// dx without x: from one bit an element, or from y.

const magnitudes = [
  0, 1, 0x007fffff, 0x00800000, 0x3dcccccc, 0x3dcccccd, 0x3dccccce, 0x3effffff, 0x3f000000, 0x3f000001, 0x3f400000,
  0x3f800000, 0x3f800001, 0x40bfffff, 0x40c00000, 0x40c00001, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc12345,
]
const boundaries = magnitudes.flatMap(bits => [bits, (bits | 0x80000000) >>> 0])
const inputs = [
  {
    x: fromBits(boundaries.flatMap(() => boundaries)),
    dy: fromBits(boundaries.flatMap(dy => boundaries.map(() => dy))),
  },
  { x: scrambledBits(3001, 1), dy: scrambledBits(3001, 2) },
]

const maskOf = (activation: Activation, x: Float32Array) =>
  referenceResults(activation, 'forward', { x }, 'f32', { masked: true })[1] as Uint32Array
const gradientFrom = (activation: Activation, inputs: { y: Float32Array } | { mask: Uint32Array }, dy: Float32Array) =>
  referenceResults(activation, 'backward', { ...inputs, dy }, 'f32', {
    from: 'y' in inputs ? 'y' : 'mask',
  })[0] as Float32Array

type Unary = (x: Float32Array) => Float32Array
type Backward = (x: Float32Array, dy: Float32Array) => Float32Array

/** An activation with its true gradient; `like`, one with the same gate and a slope other than 1 where it is shut. */
interface Gated {
  readonly activation: Activation
  readonly backward: Backward
  readonly like?: Backward
  readonly forward?: Unary
}

const leaky = [0.01, 0, -0, 1, -0.5, 3.7, 1e-10, 2 ** -149, 3.4028234663852886e38].map((alpha): Gated => {
  const slope = Math.fround(alpha)
  return {
    activation: leakyRelu({ alpha }),
    backward: (x, dy) => leakyReluBackward(slope, x, dy),
    like: (x, dy) => leakyReluBackward(0.5, x, dy),
    ...(alpha >= 0 && { forward: x => leakyReluForward(slope, x) }),
  }
})

const channels = [
  { alpha: Float32Array.of(0.25, 0, -0, 1e-40, 1e10, 1), inner: 7 },
  { alpha: Float32Array.of(0.5, -3), inner: 1 },
].map((slopes): Gated => {
  return {
    activation: prelu(slopes),
    backward: (x, dy) => preluBackward(slopes, x, dy),
    like: (x, dy) => leakyReluBackward(0.5, x, dy),
    ...(slopes.alpha.every(slope => slope >= 0) && { forward: x => preluForward(slopes, x) }),
  }
})

const ranges = (
  [
    [-1, 1],
    [-0, 0],
    [-0.5, 0.75],
    [-0.1, 0.75],
    [1, 1],
  ] as const
).map(([minValue, maxValue]): Gated => {
  return {
    activation: hardTanh({ minValue, maxValue }),
    backward: (x, dy) => hardTanhBackward(minValue, maxValue, x, dy),
    // A bound that 16 bits do not hold is rounded: y does not tell on which side of it x was.
    ...(minValue !== -0.1 && { forward: x => hardTanhForward(minValue, maxValue, x) }),
  }
})

const gated: readonly Gated[] = [
  { activation: relu(), backward: reluBackward, forward: reluForward },
  ...leaky,
  ...channels,
  ...ranges,
  {
    activation: relu6(),
    backward: (x, dy) => hardTanhBackward(0, 6, x, dy),
    forward: x => hardTanhForward(0, 6, x),
  },
  ...[0.1, 0, -1].map(bound => ({
    activation: threshold({ threshold: bound, value: 20 }),
    backward: (x: Float32Array, dy: Float32Array) => thresholdBackward(bound, x, dy),
  })),
  ...[hardShrink(), softShrink()].map(activation => ({
    activation,
    backward: (x: Float32Array, dy: Float32Array) => shrinkBackward(0.5, x, dy),
  })),
]
const named = gated.map(one => [String(one.activation), one] as const)
const fromY = gated.flatMap(({ activation, backward, forward }) =>
  forward === undefined ? [] : [[String(activation), { activation, backward, forward }] as const],
)

/** Which gates are open, by the true gradient at dy = 1. */
function openGates({ backward, like = backward }: Gated, x: Float32Array): boolean[] {
  return Array.from(like(x, new Float32Array(x.length).fill(1)), dx => dx === 1)
}

/** Packed by the eights, as a word of 32 lies in memory here. */
function packed(open: readonly boolean[]): Uint32Array {
  const bytes = new Uint8Array(Math.ceil(open.length / 32) * 4)
  for (const [i, isOpen] of open.entries()) if (isOpen) bytes[Math.floor(i / 8)]! += 2 ** (i % 8)
  return new Uint32Array(bytes.buffer)
}

describe('the mask', () => {
  test.each(named)('%s', (_, one) => {
    for (const { x } of inputs) expect(maskOf(one.activation, x)).toEqual(packed(openGates(one, x)))
  })

  test.each([0, 1, 31, 32, 33, 63, 64, 65, 127])('of %i elements, and not of those behind', length => {
    const x = new Float32Array(200).fill(1)
    const mask = maskOf(relu(), x.subarray(0, length))
    expect(mask).toEqual(packed(Array.from({ length }, () => true)))
  })

  test.each(named)('gives the gradient, bit for bit: %s', (_, one) => {
    for (const { x, dy } of inputs) {
      const dx = gradientFrom(one.activation, { mask: packed(openGates(one, x)) }, dy)
      expectSameBits(dx, one.backward(x, dy), { x, dy })
    }
  })
})

test.each(fromY)('y gives the gradient, bit for bit: %s', (_, { activation, backward, forward }) => {
  for (const { x, dy } of inputs) {
    const y = forward(x)
    expectSameBits(gradientFrom(activation, { y: y }, dy), backward(x, dy), { x, y, dy })
  }
})

const vectors = vectorsIn<Vectors<'x' | 'y' | 'derivative'>>(
  import.meta.glob(['../../conformance/*.json', '!../../conformance/pair-*.json', '!../../conformance/prelu-*.json'], {
    eager: true,
    import: 'default',
  }),
).flatMap(vector => {
  const { derivativeFromY } = activationOf(vector)
  return derivativeFromY === undefined ? [] : [{ ...vector, derivativeFromY }]
})

test('there are vectors of each activation', () => {
  const telling = samplesOfAnyLength.filter(({ formula }) => formula.fromY !== undefined)
  const names = [...new Set(telling.map(({ activation }) => activation.name))]
  expect([...new Set(vectors.map(({ activation }) => activation))].toSorted()).toEqual(names.toSorted())
})

// The true y is rounded to float64, and what of its error reaches the derivative is no error of the formula.
test.each(vectors)(
  'the derivative from the true y: $file',
  ({ activation, parameters, derivativeFromY, ...columns }) => {
    const y = numbers(columns.y)
    const unit = activation === 'celu' ? Number(parameters['alpha']) : 1
    const wrong = numbers(columns.derivative).flatMap((truth, i) => {
      const derivative = derivativeFromY(y[i]!)
      if (Object.is(derivative, truth)) return []
      const lost = Number.isFinite(y[i]!) ? (Math.abs(y[i]!) / unit) * 2 ** -50 : 0
      return Math.abs(derivative - truth) <= 1e-12 * Math.abs(truth) + lost ? [] : [{ y: y[i], truth, derivative }]
    })
    expect(wrong.slice(0, 8)).toEqual([])
  },
)

describe('dx from y is rounded once, and passes what passes', () => {
  const nan = 0xffc12345
  const gradients = [1, -3, 0.1, -0, 1e-40, 3e38, -Infinity]
  test.each<[Activation, y: number, derivative: number]>([
    [elu(), 2, 1],
    [elu(), -0.75, 0.25],
    [elu({ alpha: 0 }), -0, 0],
    [celu({ alpha: 4 }), -1, 0.75],
    [celu({ alpha: 4 }), 0.5, 1],
    [selu(), 3, 1.0507009873554805],
    [selu(), -1, 0.7580993408473768],
    [selu(), -1.7580995, 0],
    [sigmoid(), 0.25, 0.1875],
    [sigmoid(), 1, 0],
    [tanh(), -0.5, 0.75],
    [tanh(), -1, 0],
    [softplus(), 1, 1 - 1 / Math.E],
    [softplus({ beta: 2 }), 0.25, 1 - Math.E ** -0.5],
    [softplus(), Infinity, 1],
  ])('%s at y = %d', (activation, y, derivative) => {
    const dy = Float32Array.of(...gradients, 0)
    toBits(dy)[gradients.length] = nan
    const dx = gradientFrom(activation, { y: new Float32Array(dy.length).fill(y) }, dy)
    const expected = Array.from(dy, gradient => {
      const product = gradient * derivative
      return Number.isNaN(product) ? 0x7fc00000 : bitsOf(product)
    })
    expected[gradients.length] = nan
    expectSameBits(dx, fromBits(expected), { dy })
  })

  const telling = boundedSamples.filter(({ formula }) => formula.fromY !== undefined)
  test.each(telling)('NaN stays NaN: $call', ({ activation }) => {
    expect(gradientFrom(activation, { y: Float32Array.of(NaN) }, Float32Array.of(1))).toEqual(Float32Array.of(NaN))
  })
})

test('none where they do not tell the gradient', () => {
  for (const activation of [elu(), sigmoid(), squaredRelu(), silu(), step(), gelu(), hardSwish()]) {
    expect(activation.gate).toBeUndefined()
  }
  const mixed = prelu({ alpha: Float32Array.of(0.1, -0.1) })
  const between = hardTanh({ minValue: -0.1 })
  for (const activation of [leakyRelu({ alpha: -0.1 }), mixed, between, elu({ alpha: -1 }), silu(), softShrink()]) {
    expect(activation.derivativeFromY).toBeUndefined()
  }
})

test('no memory for a result', () => {
  const few = taskOf(relu(), 'forward', { x: new Float32Array(0) }, 'f32', { masked: true })
  const gradient = taskOf(relu(), 'backward', { mask: new Uint32Array(0), dy: new Float32Array(0) }, 'f32', {
    from: 'mask',
  })
  for (const task of [few, gradient]) {
    expect(() => computeInJavaScript({ ...task, length: 2 ** 60 })).toThrow(
      expect.objectContaining({ code: 'out-of-memory' }),
    )
  }
})

test('gates and functions of integers are values', () => {
  const takers = new Set(gated.flatMap(({ activation }) => (activation.integers ? [activation.name] : [])))
  expect([...takers].toSorted()).toEqual(['hardTanh', 'relu', 'relu6', 'threshold'])
  for (const { activation } of gated) expect(Object.isFrozen(activation.integers)).toBe(true)
  for (const { activation } of gated) expect(Object.isFrozen(activation.gate)).toBe(true)
})
