import { expect, test } from 'vitest'
import { type Candidate, measure, type Row } from './measure.ts'
import { describeFailure, exitStatus, failures } from './report.ts'
import { activationOf } from './subjects.ts'
import { markdownTable, textTable } from './table.ts'
import { truthOf } from './truth.ts'
import { toBits } from '../support/float32.ts'
import { referenceResults } from '../support/tasks.ts'

const subject = { name: 'sigmoid', parameters: {} }
const column = { name: 'cpu', title: 'CPU', description: 'this machine', isOurs: true }

/** The CPU's own results, after something has happened to them. */
function candidate(change: (result: Uint32Array, x: Float32Array) => void): Candidate {
  return {
    description: 'this machine',
    computationOf: (_, activation) =>
      Promise.resolve({
        async forward(x) {
          const y = referenceResults(activation, 'forward', { x })[0] as Float32Array
          change(toBits(y), x)
          return y
        },
      }),
  }
}

async function rowsOf(change: (result: Uint32Array, x: Float32Array) => void): Promise<Row[]> {
  return measure(subject, 'cpu', candidate(change), ['forward', 'backward'], true)
}

test('what is right has half a unit, no failure and status 0; what is not there has no row', async () => {
  const rows = await rowsOf(() => {})
  expect(rows).toHaveLength(1)
  expect(rows[0]!.errors).toMatchObject({ largest: 0.5, outOfBounds: 0, different: 0 })
  expect(rows[0]!.special).toMatchObject({ passed: 17, cases: 17 })
  expect(failures([column], rows)).toEqual([])
  expect(exitStatus([column], rows, false)).toBe(0)
  expect(textTable([column], rows)).toContain('0.5, 17/17')
})

test('errors within the bounds are figures, beyond them failures', async () => {
  const [within] = await rowsOf((bits, x) => x.forEach((value, i) => (bits[i]! += value === 4 ? 4 : 0)))
  expect(within!.errors!.outOfBounds).toBe(0)
  expect(within!.errors!.largest).toBeGreaterThan(3)

  const beyond = await rowsOf((bits, x) => x.forEach((value, i) => (bits[i]! += value === 4 ? 5 : 0)))
  expect(beyond[0]!.errors!.outOfBounds).toBeGreaterThan(0)
  expect(exitStatus([column], beyond, false)).toBe(1)
  expect(describeFailure(beyond[0]!)).toMatch(/out of bounds.*\n.*x = 4 .*expected 0.98.* got 0.98/)
  expect(markdownTable([column], beyond)).toMatch(/\| sigmoid +\| forward +\| ✗ \d\.\d at 4, 17\/17 \|/)
  // The same of a peer is no failure of ours.
  expect(exitStatus([{ ...column, isOurs: false }], beyond, false)).toBe(0)
})

test('a special case that fails is a failure', async () => {
  const rows = await rowsOf((bits, x) => x.forEach((value, i) => (bits[i] = Number.isNaN(value) ? 0 : bits[i]!)))
  expect(rows[0]!.errors!.outOfBounds).toBe(0)
  expect(rows[0]!.special).toMatchObject({ passed: 14, cases: 17 })
  expect(exitStatus([column], rows, false)).toBe(1)
})

test('one that throws is a failure; a missing processor is one where it was named', async () => {
  const rows = await rowsOf(() => {
    throw new Error('the device is lost')
  })
  expect(rows[0]!.problem).toBe('the device is lost')
  expect(exitStatus([column], rows, false)).toBe(1)

  const fine = await rowsOf(() => {})
  const missing = { ...column, name: 'lavapipe', problem: 'missing: no Mesa', isMissing: true }
  expect(exitStatus([column, missing], fine, false)).toBe(0)
  expect(exitStatus([column, missing], fine, true)).toBe(1)
})

test('the truth at NaN is NaN with its payload, whatever the reference makes of one', () => {
  const x = new Float32Array(Uint32Array.of(0x7fc00123, 0xff800001, 0x3f800000).buffer)
  const { bits, values } = truthOf(activationOf({ name: 'step', parameters: {} }), x)
  expect([...bits].map(each => each >>> 0)).toEqual([0x7fc00123, 0xff800001, 0x3f800000])
  expect([...values]).toEqual([NaN, NaN, 1])
})
