import { describe, test } from 'vitest'
import type { Activation } from '../../src/activations/activation.ts'
import { leakyRelu, relu } from '../../src/index.ts'
import leakyReluDefault from '../conformance/leakyRelu-alpha=0.01.json'
import leakyReluNegative from '../conformance/leakyRelu-alpha=-0.5.json'
import leakyReluSmall from '../conformance/leakyRelu-alpha=0.001.json'
import reluVectors from '../conformance/relu.json'
import { expectSameBits, toBits } from '../support/float32.ts'
import { processors } from '../support/processors.ts'

// True values, worked out to 60 digits independently of this library: test/conformance/README.md.

type Values = readonly (number | string)[]
const vectors: readonly [Activation, { x: Values; dy: Values; y: Values; derivative: Values }][] = [
  [relu(), reluVectors],
  [leakyRelu(), leakyReluDefault],
  [leakyRelu({ alpha: 0.001 }), leakyReluSmall],
  [leakyRelu({ alpha: -0.5 }), leakyReluNegative],
]

const numbers = (values: Values): number[] => values.map(Number)

/** The vectors' zeros carry no sign: takes those of the actual result, except where the contract fixes them. */
function withSignsOf(actual: Float32Array, expected: Float32Array, except: readonly number[]): Float32Array {
  const actualBits = toBits(actual)
  const bits = toBits(expected)
  const isZero = (word: number): boolean => (word & 0x7fffffff) === 0
  for (let i = 0; i < bits.length; i++) {
    if (!except.includes(i) && isZero(bits[i]!) && isZero(actualBits[i]!)) bits[i] = actualBits[i]!
  }
  return expected
}

describe.each(processors)('$name', processor => {
  test.each(vectors)('%s forward', async (activation, { x, y }) => {
    const input = Float32Array.from(numbers(x))
    const expected = Float32Array.from(numbers(y))
    // relu passes both zeros through.
    const passed = activation.name === 'relu' ? [...input.keys()].filter(i => input[i] === 0) : []
    for (const i of passed) expected[i] = input[i]!
    const actual = await processor.forward(activation, input)
    expectSameBits(actual, withSignsOf(actual, expected, passed), { x: input })
  })

  const gradients: readonly [string, ((given: number) => number) | undefined][] = [
    ["the vectors' dy", undefined],
    ['dy = NaN', () => NaN],
    ['dy = Infinity', () => Infinity],
    ['dy = -Infinity', () => -Infinity],
    ['dy = 0', () => 0],
  ]
  describe.each(gradients)('backward with %s', (_, replace) => {
    test.each(vectors)('%s', async (activation, { x, dy, derivative }) => {
      const input = Float32Array.from(numbers(x))
      const gradient = Float32Array.from(numbers(dy).map(replace ?? (given => given)))
      const slopes = numbers(derivative)
      // Shut gates select: exactly +0, whatever dy is.
      const shut = activation.gated ? [...slopes.keys()].filter(i => slopes[i] === 0) : []
      const expected = Float32Array.from(gradient, (value, i) => (shut.includes(i) ? 0 : value * slopes[i]!))
      const actual = await processor.backward(activation, input, gradient)
      expectSameBits(actual, withSignsOf(actual, expected, shut), { x: input, dy: gradient })
    })
  })
})
