import { describe, expect, test } from 'vitest'
import type { Activation, Direction } from '../../../src/activations/support/activation.ts'
import {
  allIndices,
  compareWithReference,
  describe as report,
  sampleIndices,
} from '../../../src/checking/cross-check.ts'
import type { Elements, Format } from '../../../src/support/formats.ts'
import { gelu, hardSwish, relu, sigmoid, silu, squaredRelu, swiglu } from '../../../src/index.ts'
import { everyWord, type HalfFormat, toHalf } from '../../support/half.ts'
import { taskOf } from '../../support/tasks.ts'

const nameOf = (direction: Direction) => (direction === 'forward' ? 'y' : 'dx')

/** Whether one result passes, given as the word of the format; the inputs are numbers. */
function passes(
  format: HalfFormat,
  activation: Activation,
  direction: Direction,
  x: number,
  dy: number,
  actual: number,
): boolean {
  const [inputs, gradients] = [Float32Array.of(x), Float32Array.of(dy)].map(array => toHalf(format, array))
  const tensors = { x: inputs!, ...(direction === 'backward' && { dy: gradients! }) }
  return (
    compareWithReference(taskOf(activation, direction, tensors, format), nameOf(direction), Uint16Array.of(actual), [0])
      .mismatches === 0
  )
}

const word = (format: HalfFormat, value: number): number => toHalf(format, Float32Array.of(value))[0]!

describe('a right result is allowed', () => {
  test.each(['f16', 'bf16'] as const)('%s: 1 unit, not 2', format => {
    const right = word(format, 1 / (1 + Math.exp(-0.5)))
    const off = (units: number): boolean => passes(format, sigmoid(), 'forward', 0.5, 1, right + units)
    expect([-2, -1, 0, 1, 2].map(off)).toEqual([false, true, true, true, false])
  })

  test('where the derivative crosses zero, what 2^-22 dy is in the format', () => {
    // Close to zero the derivative is subnormal in float16, in units of 2^-24: four of them are 2^-22.
    const x = -1.2783203125
    const decay = Math.exp(x)
    const right = word('f16', (decay * (1 + decay + x)) / (1 + decay) ** 2)
    const off = (units: number): boolean => passes('f16', silu(), 'backward', x, 1, right + units)
    expect([off(-4), off(4), off(-6), off(6)]).toEqual([true, true, false, false])
  })

  test('bfloat16: zero for what float32 flushes', () => {
    expect(passes('bf16', sigmoid(), 'forward', -88, 1, 0)).toBe(true)
    expect(passes('bf16', squaredRelu(), 'forward', 1e-20, 1, 0)).toBe(true)
    expect(passes('bf16', sigmoid(), 'forward', -80, 1, 0)).toBe(false)
  })

  test('Infinity for what almost is', () => {
    expect(passes('f16', gelu(), 'backward', 1, 60480, 0x7c00)).toBe(true)
    expect(passes('f16', gelu(), 'backward', 1, 60000, 0x7c00)).toBe(false)
  })
})

describe('a wrong one is not', () => {
  test('1 unit of what is exact', () => {
    for (const off of [-1, 1]) {
      expect(passes('f16', relu(), 'forward', 0.5, 1, word('f16', 0.5) + off)).toBe(false)
      expect(passes('bf16', squaredRelu(), 'forward', 3, 1, word('bf16', 9) + off)).toBe(false)
    }
  })

  test('anything but +0 behind a shut gate', () => {
    for (const actual of [0x8000, 1, 0x7e00]) expect(passes('f16', hardSwish(), 'backward', -4, 1, actual)).toBe(false)
    expect(passes('f16', hardSwish(), 'backward', -4, 1, 0)).toBe(true)
  })

  test('NaN for a number, a number for NaN, Infinity for a number', () => {
    expect(passes('f16', sigmoid(), 'forward', 1, 1, 0x7e00)).toBe(false)
    expect(passes('bf16', sigmoid(), 'forward', NaN, 1, 0x3f80)).toBe(false)
    expect(passes('f16', sigmoid(), 'forward', 1, 1, 0x7c00)).toBe(false)
  })

  test('a pair', () => {
    const one = Uint16Array.of(0x3c00)
    const judge = (actual: number) =>
      compareWithReference(
        taskOf(swiglu(), 'backward', { gate: one, up: one, dy: one }, 'f16'),
        'dGate',
        Uint16Array.of(actual),
        [0],
      )
    const right = word('f16', 0.9276706)
    expect([-2, -1, 0, 1, 2].map(off => judge(right + off).mismatches)).toEqual([1, 0, 0, 0, 1])
    expect(judge(right + 2).first[0]).toMatchObject({ result: 'dGate', gate: 1, up: 1, dy: 1, ulp: 2 })
  })
})

test('integers are exact', () => {
  const inputs = { x: Int32Array.of(5, -5, 0x7f800001), dy: Int32Array.of(7, 7, -1) }
  const compare = (wanted: Direction, ...results: number[]) =>
    compareWithReference(taskOf(relu(), wanted, inputs, 'i32'), nameOf(wanted), Int32Array.from(results), allIndices(3))
  expect(compare('backward', 7, 0, -1)).toMatchObject({ elements: 3, mismatches: 0 })
  expect(compare('backward', 7, 7, -3).first).toMatchObject([
    { index: 1, x: -5, dy: 7, expected: 0, actual: 7, ulp: 7 },
    { index: 2, x: 0x7f800001, dy: -1, expected: -1, actual: -3, ulp: 2 },
  ])
})

describe('samples and reports', () => {
  const wherever: readonly [Format, Elements, boolean][] = [
    ['f16', everyWord.map(() => 0x7c00), false],
    ['f16', everyWord.map((_, i) => (i === 54_321 ? 0xfc01 : 0)), true],
    ['bf16', everyWord.map((_, i) => (i === 54_321 ? 0x7f81 : 0x7f80)), true],
    ['i32', Int32Array.from(everyWord, (_, i) => (i === 54_321 ? 0x7f800001 : 0)), false],
  ]
  test.each(wherever)('%s: every NaN is among the samples', (format, elements, found) => {
    const zeros = elements.map(() => 0)
    expect([...sampleIndices({ x: elements }, zeros, 0, format)].includes(54_321)).toBe(found)
    expect([...sampleIndices({ x: zeros, dy: zeros }, elements, 0, format)].includes(54_321)).toBe(found)
  })

  test('a report is in the values and the words of its format', () => {
    const inputs = { x: Uint16Array.of(0x3c00, 0x7e01) }
    const wrong = Uint16Array.of(0x3c01, 0)
    const task = taskOf(relu(), 'forward', inputs, 'f16')
    const comparison = compareWithReference(task, 'y', wrong, allIndices(2))
    expect(report(task, 'y', wrong, comparison)).toBe(
      [
        'relu() forward in f16: 2 of 2 elements compared differ from the CPU reference, by up to Infinity ULP.',
        '✗ [0] x = 1: expected 1, got 1.0009765625',
        '✗ [1] x = NaN (0x7e01): expected NaN (0x7e01), got 0 (0x0000)',
      ].join('\n'),
    )
  })
})
