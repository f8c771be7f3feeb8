import { expect, onTestFinished, test } from 'vitest'
import { type Claim, claimOf, CLAIMS } from '../../demo/lab/claims.ts'
import { stepsTo, trained } from '../../demo/lab/measurements.ts'
import { CIRCLES, ELU, RELU, REVIVAL } from '../../demo/lab/presets.ts'
import { STORIES } from '../../demo/lab/stories.ts'
import { formatRange, judge, kindOf } from '../../demo/lab/verdict.ts'
import { checkSetup } from '../../demo/lab/setup.ts'
import { createDispatcher } from '../../src/index.ts'
import { readOptions } from '../claims/options.ts'
import { measureInNode } from '../claims/processes.ts'
import { jsonOf, judgeAll, tableOf } from '../claims/report.ts'
import { UsageError } from '../tools/command-line.ts'
import { loadDigits } from './digits.ts'

test('of 20 seeds 19 hold, 15 mostly, 6 are undecided', () => {
  const kinds = Array.from({ length: 21 }, (_, passed) => kindOf(passed, 20))
  expect(kinds.lastIndexOf('fails')).toBe(5)
  expect([kinds.indexOf('undecided'), kinds.lastIndexOf('undecided')]).toEqual([6, 14])
  expect([kinds.indexOf('mostly'), kinds.lastIndexOf('mostly')]).toEqual([15, 18])
  expect(kinds.indexOf('holds')).toBe(19)
  // The same shares of other numbers.
  expect([kindOf(38, 40), kindOf(37, 40), kindOf(12, 40), kindOf(11, 40)]).toEqual([
    'holds',
    'mostly',
    'undecided',
    'fails',
  ])
  expect([kindOf(1, 1), kindOf(0, 1), kindOf(2, 3)]).toEqual(['holds', 'fails', 'undecided'])
})

const SPEED: Claim = claimOf('faster-circles')
const seedOf = (seed: number, passed: boolean, relu: number, tanh: number) => ({
  seed,
  passed,
  measured: { relu, tanh, sigmoid: NaN },
})

test('a verdict says what it rests on', () => {
  const seeds = [seedOf(1, true, 30, 40), seedOf(2, true, 10, Infinity), seedOf(3, true, 20, 50)]
  expect(judge(SPEED, seeds)).toMatchObject({
    passed: 3,
    seeds: 3,
    kind: 'holds',
    verdict: 'Holds here',
    measured: 'steps to 95 % right: relu 20 [10 30], tanh 50 [40 never], sigmoid NaN',
    threshold: SPEED.threshold,
  })
  const mixed = Array.from({ length: 20 }, (_, i) => seedOf(i, i < 16, 1, 2))
  expect(judge(SPEED, mixed).verdict).toBe('Mostly (16 of 20)')
  expect(judge(SPEED, mixed.slice(6)).verdict).toBe('Undecided (10 of 14)')
  expect(judge(claimOf('faster-digits'), mixed.slice(16)).verdict).toBe('Does not hold here; tanh is as fast or faster')
  expect(judge(claimOf('revival-adam'), mixed.slice(0, 3)).verdict).toBe('Holds here, with Adam')
  expect(judge(SPEED, []).verdict).toBe('Undecided (0 of 0)')
})

test('ranges are in percent where they are shares, and count networks that diverged', () => {
  const range = { name: 'x', label: 'x', median: 0.365, smallest: 0, largest: 1, diverged: 2 }
  expect(formatRange({ ...range, unit: 'share' })).toBe('36.5 % [0 100], 2 NaN')
  expect(formatRange({ ...range, unit: 'number' })).toBe('0.36 [0 1], 2 NaN')
})

test('each claim is one of its name, trains, and has a claim of its own beside it', () => {
  expect(new Set(CLAIMS.map(({ name }) => name)).size).toBe(CLAIMS.length)
  for (const { name, setup, counterExample } of CLAIMS) {
    checkSetup(setup)
    expect(CLAIMS.map(one => one.name)).toContain(counterExample)
    expect(counterExample).not.toBe(name)
  }
  const shown = STORIES.flatMap(({ claims, counterExample }) => [...claims, counterExample.claim])
  expect(CLAIMS.map(({ name }) => name).filter(name => !shown.includes(name))).toEqual([])
})

test('a claim lets messages in after each step', async () => {
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  onTestFinished(() => dispatcher.destroy())
  let pauses = 0
  const pause = (): Promise<void> => Promise.resolve(void pauses++)
  const lab = { dispatcher, loadDigits, pause }
  await trained(lab, { ...REVIVAL, first: { activation: RELU, steps: 3 }, steps: 30 }, ELU)
  expect(pauses).toBe(33)
  await stepsTo(2, lab, { ...CIRCLES, steps: 20 }, RELU)
  expect(pauses).toBe(53)
})

// The cheap ones; npm run claims has all, and docs/claims.md what came of it.
test.each([
  ['sparse-init', 'holds'],
  ['vanish-init-tanh', 'fails'],
  ['centre', 'holds'],
  ['one-sign', 'holds'],
  ['one-sign-batch', 'fails'],
  ['collapse', 'holds'],
] as const)('three seeds of %s: %s', async (name, kind) => {
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  onTestFinished(() => dispatcher.destroy())
  const claim = claimOf(name)
  const lab = { dispatcher, loadDigits, pause: () => Promise.resolve() }
  const results = []
  for (const seed of [1, 2, 3]) {
    const measured = await claim.measure(lab, { ...claim.setup, seed })
    expect(Object.keys(measured)).toEqual(Object.keys(claim.labels))
    results.push({ seed, measured, passed: claim.passes(measured) })
  }
  expect(judge(claim, results).kind).toBe(kind)
})

test('the command measures in processes of its own, and makes a table and JSON', { timeout: 60_000 }, async () => {
  const options = readOptions([
    '--claims',
    'one-sign-batch,one-sign',
    '--seeds',
    '2',
    '--first',
    '7',
    '--workers',
    '1',
  ])!
  const answers = []
  for await (const answer of measureInNode(options)) answers.push(answer)
  expect(answers.map(({ seed }) => seed)).toEqual([7, 8, 7, 8])
  const judgements = judgeAll(options.claims, answers)
  const table = tableOf(judgements)
  expect(table.split('\n')).toHaveLength(4)
  expect(table).toContain('| 2 of 2 | neurons with one sign: relu 100 % [100 100], tanh 0 % [0 0] |')
  const { claims } = JSON.parse(jsonOf(judgements)) as { claims: Record<string, unknown>[] }
  expect(claims.map(({ name, passed, run }) => [name, passed, run])).toEqual([
    ['one-sign-batch', 0, 2],
    ['one-sign', 2, 2],
  ])
  expect(Object.keys(claims[0]!)).toEqual(['name', 'preset', 'passed', 'run', 'measured', 'threshold', 'verdict'])
  expect(claims[1]!['measured']).toMatchObject({ relu: { median: 1, smallest: 1, largest: 1, diverged: 0 } })
})

test('JSON has what is no number as a string', () => {
  const answers = [{ claim: 'faster-circles' as const, seed: 1, measured: { relu: 10, tanh: Infinity, sigmoid: NaN } }]
  const { claims } = JSON.parse(jsonOf(judgeAll(['faster-circles'], answers))) as { claims: { measured: unknown }[] }
  expect(claims[0]!.measured).toMatchObject({ tanh: { median: 'Infinity' }, sigmoid: { median: 'NaN', diverged: 1 } })
})

test.each([
  [['--seeds', '0'], '--seeds "0": a whole number from 1 to 1000 is needed.'],
  [['--claims', 'sparse-init,lazy'], '--claims "lazy": there is sparse-init,'],
  [['--in', 'orbit'], '--in "orbit": there is node, page.'],
  [['--json', '/nowhere/x.json'], '--json "/nowhere/x.json": the name of a file in a folder that exists is needed.'],
  [['--colour'], 'Unknown option'],
])('the command refuses %j', (words, message) => {
  expect(() => readOptions(words)).toThrow(UsageError)
  expect(() => readOptions(words)).toThrow(message)
})
