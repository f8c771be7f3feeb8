import { expect, test } from 'vitest'
import * as library from '../../src/index.ts'
import { runSnippet } from '../support/readme.ts'

test("the README's arrays are computed as its comments say", async () => {
  const console = { log: () => {} }
  expect(await runSnippet(1, ['y', 'dx'], { ...library, console })).toEqual({
    y: Float32Array.of(-0.2, -0, 3, NaN),
    dx: Float32Array.of(0.1, 0.1, 1, 0.1),
  })
})

test("the README's pair and slopes are computed as its comments say", async () => {
  const variables = ['y', 'dGate', 'dUp', 'dAlpha', 'halved']
  const results = (await runSnippet(5, variables, library)) as Record<string, Float32Array>
  const silu = [-1, 0, 1, 2].map(x => x / (1 + Math.exp(-x)))
  for (const [i, value] of silu.entries()) {
    expect(results['y']![i]).toBeCloseTo(10 * value, 5)
    expect(results['dUp']![i]).toBeCloseTo(value, 6)
  }
  expect(results['dGate']![1]).toBe(5)
  expect(results['dAlpha']).toEqual(Float32Array.of(-1, 0))
  expect(results['halved']).toEqual(Uint16Array.of(0x3c00, 0))
})

test("the README's arrays of the library's own memory and of a worker are computed", async () => {
  const { x, y } = (await runSnippet(4, ['x', 'y'], library)) as Record<'x' | 'y', Float32Array>
  for (const array of [x, y]) {
    expect(array).toBeInstanceOf(Float32Array)
    expect(array.length).toBe(2 ** 20)
    expect(array.every(value => value === 0)).toBe(true)
  }
})
