import { describe, expect, test } from 'vitest'
import { mishRamp, leakyCap, window } from '../support/definitions.ts'
import { fromBits, scrambledBits } from '../support/float32.ts'
import { processors } from '../support/processors.ts'

// Activations of users' own on every processor, against their formulas in float64.

const special = [0, -0, 1e-40, -1e-40, 1, -1, 2, -2, 3, 1e30, -1e30, Infinity, -Infinity, NaN]
const x = Float32Array.from([...special, ...Array.from({ length: 400 }, (_, i) => (i - 200) / 37)])
const bits = scrambledBits(1000, 3)
const inputs = [x, fromBits([...new Uint32Array(bits.buffer)])]

const subjects = [
  {
    activation: mishRamp(),
    value: (v: number) => (v * Math.min(2, Math.max(0, v + 2))) / 2,
    slope: (v: number) => (v > 0 ? 1 : v > -2 ? v + 1 : v <= -2 ? 0 : v === 0 ? 1 : NaN),
  },
  ...[
    [2, 0.125],
    [0.5, Math.fround(0.3)],
  ].map(([cap, slope]) => ({
    activation: leakyCap({ cap: cap!, slope: slope! }),
    value: (v: number) => Math.min(v, cap! + slope! * (v - cap!)),
    slope: (v: number) => (v < cap! ? 1 : slope!),
  })),
  {
    activation: window(),
    value: (v: number) => (v <= -1 || v >= 3 ? 0 : v),
    slope: (v: number) => (v > -1 && v < 3 ? 1 : 0),
  },
]

describe.each(processors)('$name', processor => {
  test.each(subjects)('$activation', async ({ activation, value, slope }) => {
    for (const input of inputs) {
      const dy = Float32Array.from(input, (_, i) => (i % 7) - 2.5)
      const y = await processor.forward(activation, input)
      const dx = await processor.backward(activation, input, dy)
      const faults = [...input].flatMap((v, i) => [
        ...(isNear(y[i]!, v === -Infinity && activation.name === 'mishRamp' ? 0 : value(v)) ? [] : [{ v, y: y[i] }]),
        ...(isNear(dx[i]!, dy[i]! * slope(v)) ? [] : [{ v, dy: dy[i], dx: dx[i] }]),
      ])
      expect(faults).toEqual([])
    }
  })
})

/** Within 4 units in the last place of float32; NaN for NaN, and a subnormal may be flushed. */
function isNear(actual: number, truth: number): boolean {
  const expected = Math.fround(truth)
  if (Number.isNaN(expected)) return Number.isNaN(actual)
  if (actual === expected) return true
  return Math.abs(actual - truth) <= Math.max(2 ** -126, 4 * 2 ** -23 * Math.abs(truth))
}
