import { expect, test } from 'vitest'
import { findAmdCompilers } from '../tools/lanes/drivers.ts'
import { compileFor, type Row } from './compile.ts'

// Registers, spills and access widths, which must not slip. Nothing is executed here.

/** The fewest waves that a SIMD holds, forward and backward: of 32 on navi21 and navi31, of 10 on vega10. */
const WAVES: Readonly<Record<string, Readonly<Record<string, readonly [forward: number, backward: number]>>>> = {
  navi21: {
    copy: [32, 32],
    relu: [32, 32],
    leakyRelu: [32, 32],
    prelu: [32, 32],
    squaredRelu: [32, 32],
    sigmoid: [32, 32],
    tanh: [32, 32],
    silu: [32, 32],
    gelu: [32, 24],
    reglu: [24, 20],
    glu: [24, 20],
    swiglu: [24, 20],
    geglu: [24, 20],
  },
  navi31: {
    copy: [32, 32],
    relu: [32, 32],
    leakyRelu: [32, 32],
    prelu: [32, 32],
    squaredRelu: [32, 32],
    sigmoid: [32, 32],
    tanh: [32, 32],
    silu: [32, 32],
    gelu: [32, 32],
    reglu: [32, 32],
    glu: [32, 32],
    swiglu: [32, 32],
    geglu: [32, 32],
  },
  vega10: {
    copy: [10, 10],
    relu: [10, 10],
    leakyRelu: [9, 9],
    prelu: [9, 9],
    squaredRelu: [8, 8],
    sigmoid: [9, 8],
    tanh: [9, 8],
    silu: [8, 8],
    gelu: [8, 7],
    reglu: [6, 5],
    glu: [7, 5],
    swiglu: [7, 5],
    geglu: [6, 5],
  },
}

test.each(Object.keys(WAVES))(
  'on %s kernels spill nothing, take whole vectors and leave room for waves',
  async chip => {
    const activations = Object.keys(WAVES[chip]!).filter(name => name !== 'copy')
    const question = { chip, activations, formats: ['f32'], parts: ['plain'] } as const
    const { rows } = await compileFor(findAmdCompilers()!, question)
    const named = (figure: (row: Row) => unknown) =>
      Object.fromEntries(rows.map(row => [`${row.activation} ${row.direction}`, figure(row)]))
    const expected = Object.fromEntries(
      Object.entries(WAVES[chip]!).flatMap(([name, [forward, backward]]) => [
        [`${name} forward`, forward],
        [`${name} backward`, backward],
      ]),
    )
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
