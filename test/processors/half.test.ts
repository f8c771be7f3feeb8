import { describe, expect, inject, test } from 'vitest'
import type { ActivationRecord } from '../activations/record.ts'
import { boundedSamples, type ExactSample, exactSamples } from '../activations/samples.ts'
import { backwardFault, type Fault, forwardFault, pairGateFault, pairValueFault } from '../support/contract.ts'
import { scrambledBits, toBits } from '../support/float32.ts'
import {
  everyWord,
  expectRightHalves,
  expectSameWords,
  fromHalf,
  type HalfFormat,
  isFlushed,
  shuffledWords,
  toHalf,
} from '../support/half.ts'
import { casesHere } from '../support/lanes.ts'
import { knownPairs } from '../support/pairs.ts'
import { wholePeriods } from '../support/prelu.ts'
import { processors } from '../support/processors.ts'

// float16 and bfloat16: all 65,536 inputs, computed in float32 and rounded once.

const formats: readonly HalfFormat[] = ['f16', 'bf16']

const everyGradient = shuffledWords(1)
/** Every word, and some once more. */
const words = Uint16Array.from([...everyWord, ...shuffledWords(2).subarray(0, 2 ** 13)])

/** 1 for every word, which shows the derivative; for those once more any word. */
function gradientsIn(format: HalfFormat): Uint16Array<ArrayBuffer> {
  const [one] = toHalf(format, Float32Array.of(1))
  return words.map((_, i) => everyGradient[i - everyWord.length] ?? one!)
}

const isNaNWord = (format: HalfFormat, word: number): boolean => (word & 0x7fff) > (format === 'f16' ? 0x7c00 : 0x7f80)

/** What may differ: subnormals and the payload of a NaN, in the functions that compute. */
function isOpen(
  { accuracy }: ActivationRecord,
  format: HalfFormat,
  results: Float32Array,
): (word: number, expected: number, index: number) => boolean {
  if (accuracy === 'exact') return () => false
  return (word, expected, i) => isFlushed(word, results[i]!) || (isNaNWord(format, word) && isNaNWord(format, expected))
}

/** All words, and some of them twice where the slopes of the activation do not come out even. */
function wholeFor({ activation: { channels } }: ExactSample, words: Uint16Array): Uint16Array {
  if (channels === undefined) return words
  const length = wholePeriods(words.length, { alpha: channels.slopes, inner: channels.inner })
  return Uint16Array.from({ length }, (_, i) => words[i % words.length]!)
}

/** Of the smooth functions those that show what a format makes of tails, of subnormals and of values near zero. */
const ROUNDED = ['sigmoid', 'tanh', 'elu', 'gelu']

const known = new Map<string, unknown>()

/** Works out the truth once, for all processors. */
function once<Truth>(key: string, workOut: () => Truth): Truth {
  if (!known.has(key)) known.set(key, workOut())
  return known.get(key) as Truth
}

const able = processors.flatMap(({ name, inFormats }) =>
  inFormats === undefined ? [] : formats.map(format => ({ name, format, processor: inFormats })),
)

describe.each(able)('$name in $format', ({ processor, format }) => {
  const x = fromHalf(format, everyWord)

  test.each(casesHere(exactSamples))('$call, bit for bit', async sample => {
    const { activation, record, forward, backward } = sample
    const [words, upstream] = [wholeFor(sample, everyWord), wholeFor(sample, everyGradient)]
    const rounded = (results: Float32Array) => ({
      expected: toHalf(format, results),
      rightToo: isOpen(record, format, results),
    })
    const y = once(`${format} ${activation} y`, () => rounded(forward(fromHalf(format, words))))
    const dx = once(`${format} ${activation} dx`, () =>
      rounded(backward(fromHalf(format, words), fromHalf(format, upstream))),
    )
    const ys = await processor.forward(activation, words, format)
    expectSameWords(format, ys, y.expected, { x: words }, y.rightToo)
    const dxs = await processor.backward(activation, words, upstream, format)
    expectSameWords(format, dxs, dx.expected, { x: words, dy: upstream }, dx.rightToo)
  })

  // float32 is swept in sweep.test.ts: here it is only rounded.
  const smoothHere = boundedSamples.filter(({ activation }) => ROUNDED.includes(activation.name))
  test.each(casesHere(smoothHere))('$call', async ({ activation, formula, named }) => {
    const y = await processor.forward(activation, everyWord, format)
    const bits = toBits(x)
    const values = once(`${format} ${activation} y`, () => Float64Array.from(x, formula.value))
    expectRightHalves(
      format,
      y,
      i => values[i]!,
      (i, truth, actual) => forwardFault(named, bits[i]!, truth, actual),
      {
        x: everyWord,
      },
    )

    const gradientWords = gradientsIn(format)
    const [xs, dy] = [fromHalf(format, words), fromHalf(format, gradientWords)]
    const [xBits, dyBits] = [toBits(xs), toBits(dy)]
    const slopes = once(`${format} ${activation} dx`, () => Float64Array.from(xs, formula.derivative))
    expectRightHalves(
      format,
      await processor.backward(activation, words, gradientWords, format),
      i => dy[i]! * slopes[i]!,
      (i, _, actual) => backwardFault(named, xBits[i]!, dyBits[i]!, slopes[i]!, actual),
      { x: words, dy: gradientWords },
    )
  })

  // One pair, since their kernels take longest to compile, and ordinary numbers: products that leave float32 on their way are
  // float32's to test.
  test.each(knownPairs.filter(({ pair }) => pair.name === 'swiglu'))(
    '$call',
    async ({ pair, gated, f, derivative }) => {
      const ordinary = (seed: number): Uint16Array =>
        toHalf(
          format,
          fromHalf(format, shuffledWords(seed)).map(value => Math.tanh(value) || 0.5),
        )
      const gate = everyWord.filter((_, i) => Math.abs(x[i]!) < 80)
      const [up, dy] = [ordinary(2).subarray(0, gate.length), ordinary(3).subarray(0, gate.length)]
      const [gates, ups, gradients] = [gate, up, dy].map(array => fromHalf(format, array)) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ]
      const expectRight = (
        actual: Uint16Array,
        truthAt: (i: number) => number,
        faultAt: (i: number, truth: number, bits: number) => Fault,
      ): void => expectRightHalves(format, actual, truthAt, faultAt, { gate, up, dy })

      expectRight(
        await processor.forwardPair(pair, gate, up, format),
        i => f(gates[i]!) * ups[i]!,
        (i, truth, actual) => pairValueFault(ups[i]!, truth, actual),
      )
      const { dGate, dUp } = await processor.backwardPair(pair, gate, up, dy, format)
      expectRight(
        dUp,
        i => f(gates[i]!) * gradients[i]!,
        (i, truth, actual) => pairValueFault(gradients[i]!, truth, actual, 8),
      )
      const given = { activation: pair.name, parameters: pair.parameters, gated }
      expectRight(
        dGate,
        i => ups[i]! * gradients[i]! * derivative(gates[i]!),
        (i, truth, actual) => pairGateFault(given, { gate: gates[i]!, up: ups[i]!, dy: gradients[i]! }, truth, actual),
      )
    },
  )
})

// The conversions that these tests go by are those of an engine that has float16.
test('Float16Array', () => {
  const { Float16Array } = globalThis as { Float16Array?: new (from: ArrayBufferLike | Float32Array) => Float32Array }
  expect(Float16Array !== undefined || inject('lane') !== 'browser').toBe(true)
  if (Float16Array === undefined) return
  const numbers = scrambledBits(2 ** 16, 1).filter(value => !Number.isNaN(value))
  const halves = new Uint16Array(new Float16Array(numbers).buffer)
  expectSameWords('f16', toHalf('f16', numbers), halves)
  expect(new Float32Array(new Float16Array(everyWord.buffer))).toEqual(fromHalf('f16', everyWord))
})
