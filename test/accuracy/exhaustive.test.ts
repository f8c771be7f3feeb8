import { readFileSync } from 'node:fs'
import { format, resolveConfig } from 'prettier'
import { expect, test } from 'vitest'
import type { Activation } from '../../src/index.ts'
import { fingerprintOf } from './exhaustive/fingerprint.ts'
import { nameOf, readStates, type SweepState, type SweepStates } from './exhaustive/state.ts'
import { CHUNKS } from './exhaustive/sweep.ts'
import { sectionOf } from './exhaustive/table.ts'
import { activationOf, allOfOneTensor, readId } from './subjects.ts'
import { NO_ERRORS } from './survey.ts'

const elu = readId('elu')
const BOTH = ['forward', 'backward'] as const

/** The activation with other WGSL. */
function changed(activation: Activation, from: string, to: string): Activation {
  const wgslSources = activation.wgslSources.map(source => source.replace(from, to))
  return Object.create(activation, { wgslSources: { value: wgslSources } }) as Activation
}

test('a fingerprint is of the arithmetic, on a GPU and in WebAssembly', () => {
  const activation = activationOf(elu)
  const [source] = activation.wgslSources.filter(text => text.includes('fn forward'))
  const same = changed(activation, source!, `\n\n${source}`)
  const other = changed(
    activation,
    'fn forward(x: Float) -> Float {',
    'fn forward(x: Float) -> Float {\n  let twice = x + x;',
  )
  for (const processor of ['cpu', 'lavapipe'] as const) {
    for (const direction of BOTH) {
      expect(fingerprintOf(same, direction, processor)).toBe(fingerprintOf(activation, direction, processor))
    }
    const [forward, backward] = BOTH.map(direction => fingerprintOf(activation, direction, processor))
    expect(forward).not.toBe(backward)
  }
  expect(fingerprintOf(other, 'forward', 'lavapipe')).not.toBe(fingerprintOf(activation, 'forward', 'lavapipe'))
  const steeper = activationOf(readId('elu-alpha=2'))
  expect(fingerprintOf(steeper, 'forward', 'cpu')).not.toBe(fingerprintOf(activation, 'forward', 'cpu'))
})

test('the table has what is complete, and marks what has changed since', () => {
  const worst = { x: 0x3f800000, expected: 0, actual: 0 }
  const state = (fingerprint: string, next: number): SweepState => ({
    fingerprint,
    description: 'a driver',
    next,
    errors: { ...NO_ERRORS, different: 1, largest: 1.25, worst },
    commit: 'abc',
    when: '2026-12-01T00:00:00.000Z',
  })
  const states: SweepStates = new Map([
    [nameOf({ subject: elu, direction: 'forward' }, 'cpu'), state('another', CHUNKS)],
    [
      nameOf({ subject: elu, direction: 'forward' }, 'lavapipe'),
      state(fingerprintOf(activationOf(elu), 'forward', 'lavapipe'), CHUNKS),
    ],
    [nameOf({ subject: elu, direction: 'backward' }, 'cpu'), state('another', CHUNKS - 1)],
  ])
  const section = sectionOf([elu], BOTH, states)
  expect(section).toContain('| elu | forward | 1.3 at 1 † | 1.3 at 1 | abc |')
  expect(section).toContain('1 of 2 rows')
  expect(section).not.toContain('backward')
})

test('the table of docs/accuracy.md is true of this code', { timeout: 60_000 }, async () => {
  const section = sectionOf(allOfOneTensor(), BOTH, readStates('demo/results/exhaustive.json'))
  const filepath = 'docs/accuracy.md'
  const wanted = await format(section, { ...(await resolveConfig(filepath)), filepath })
  // Else `npm run accuracy -- --exhaustive all --table --write docs/accuracy.md` marks what has changed.
  expect(readFileSync(filepath, 'utf8')).toContain(`<!-- begin exhaustive -->\n\n${wanted}\n<!-- end exhaustive -->`)
})
