import { expect, test } from 'vitest'
import { findAmdCompilers } from '../tools/lanes/drivers.ts'
import { compileFor, type Row } from './compile.ts'

// Registers, spills and access widths, which must not slip. Nothing is executed here.

const ACTIVATIONS = ['relu', 'leakyRelu', 'sigmoid', 'gelu', 'swiglu']

/** The fewest waves that a SIMD holds: of 32 on navi21, of 10 on vega10. */
const WAVES: Readonly<Record<string, Readonly<Record<string, number>>>> = {
  navi21: {
    'copy forward': 32,
    'copy backward': 32,
    'relu forward': 32,
    'relu backward': 32,
    'leakyRelu forward': 20,
    'leakyRelu backward': 20,
    'sigmoid forward': 32,
    'sigmoid backward': 24,
    'gelu forward': 24,
    'gelu backward': 18,
    'swiglu forward': 18,
    'swiglu backward': 16,
  },
  vega10: {
    'copy forward': 10,
    'copy backward': 10,
    'relu forward': 10,
    'relu backward': 10,
    'leakyRelu forward': 5,
    'leakyRelu backward': 5,
    'sigmoid forward': 9,
    'sigmoid backward': 7,
    'gelu forward': 7,
    'gelu backward': 4,
    'swiglu forward': 4,
    'swiglu backward': 4,
  },
}

test.each(Object.keys(WAVES))(
  'on %s kernels spill nothing, take whole vectors and leave room for waves',
  async chip => {
    const question = { chip, activations: ACTIVATIONS, formats: ['f32'], parts: ['plain'] } as const
    const { rows } = await compileFor(findAmdCompilers()!, question)
    const named = (figure: (row: Row) => unknown) =>
      Object.fromEntries(rows.map(row => [`${row.activation} ${row.direction}`, figure(row)]))
    const expected = WAVES[chip]!
    const each = (value: unknown) => Object.fromEntries(Object.keys(expected).map(name => [name, value]))

    expect(named(({ spills, scratchBytes }) => spills + scratchBytes)).toEqual(each(0))
    expect(named(({ loads, stores }) => [...new Set([...loads, ...stores])])).toEqual(each([128]))
    expect(named(({ arithmetic }) => arithmetic < 1)).toEqual(each(true))
    // More is fine: raise the figure then.
    const waves = named(row => row.waves) as Readonly<Record<string, number>>
    const fewer = Object.entries(expected).filter(([name, fewest]) => !(waves[name]! >= fewest))
    expect(fewer.map(([name]) => [name, waves[name]])).toEqual([])
  },
)
