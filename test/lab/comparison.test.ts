import { expect, test } from 'vitest'
import type { ComparisonStep, NetworkStep } from '../../demo/lab/tensorflow/protocol.ts'
import { comparisonOf } from '../../demo/rooms/lab/comparison/story.ts'
import { findings } from '../../demo/rooms/lab/comparison/words.ts'
import { LAB_DEFAULTS, type LabState } from '../../demo/state/lab.ts'

const alone: NetworkStep = { loss: 2, seconds: 0.02, dispatches: 80, ours: 0, peakBytes: 1000 }
const ours: NetworkStep = { loss: 2, seconds: 0.01, dispatches: 72, ours: 6, peakBytes: 800 }
const stepOf = (change: Partial<NetworkStep> = {}): ComparisonStep => ({ without: alone, with: { ...ours, ...change } })

test('the findings say what the steps show, and no more', () => {
  expect(findings([])).toEqual([])
  expect(findings([stepOf()])).toEqual([
    'The same loss in the first step, bit for bit.',
    "72 dispatches a step in place of 80; 6 of them are this library's.",
    '20 % less GPU memory at the peak.',
  ])
  // The first two steps, which compile, have no part in the time, and few steps tell none.
  const times = [5, 4, ...Array.from({ length: 10 }, () => 0.01)].map(seconds => stepOf({ seconds }))
  expect(findings(times).at(-1)).toBe('A step takes 0.50 times as long as without.')
  expect(findings(times.slice(1)).at(-1)).toBe('20 % less GPU memory at the peak.')
  expect(findings([stepOf({ loss: 2.5 }), stepOf({ dispatches: 80, peakBytes: 999 })])).toEqual([
    'The losses of 2 steps differ by 0.5 at most.',
    "80 dispatches a step in both; 6 of them are this library's.",
  ])
  expect(findings([stepOf({ loss: NaN })])[0]).toBe('The losses of the first step differ by NaN at most.')
})

test('a comparison takes from the address what it has a use for', () => {
  const lab: LabState = { ...LAB_DEFAULTS, story: 'tensorflow' }
  expect(comparisonOf(lab)).toEqual({ activation: 'relu', seed: 1, steps: 100 })
  expect(comparisonOf({ ...lab, activations: ['gelu', 'selu;rate:2'], seed: 7, steps: 5, width: 3 })).toEqual({
    activation: 'selu',
    seed: 7,
    steps: 5,
  })
})
