import { expect, test } from 'vitest'
import { normalInput } from '../../demo/input/normal.ts'
import { computationOf } from '../../demo/measure/computation.ts'
import { failedRow, type Row, type Subject, subject, timedRow } from '../../demo/measure/rows.ts'
import { hasChoices, PRESETS } from '../../demo/rooms/throughput/presets.ts'
import { crossoverOf, describeCrossover, formatRoughly } from '../../demo/rooms/throughput/report/crossover.ts'
import { conclude, summarizeKernels } from '../../demo/rooms/throughput/report/summary.ts'
import { expectedSeconds, formatDuration, Pace, Remaining } from '../../demo/rooms/throughput/run/estimate.ts'
import { subjectsOf } from '../../demo/rooms/throughput/run/measure.ts'
import { entriesOf, planOf, planWithout } from '../../demo/rooms/throughput/run/plan.ts'
import { Run } from '../../demo/rooms/throughput/runs.ts'
import { DEFAULTS } from '../../demo/state/state.ts'
import { relu } from '../../src/index.ts'

const environment = { adapter: null, userAgent: 'test', library: '0', when: '2026-01-01T00:00:00.000Z' }
const forward = {
  activation: 'relu',
  direction: 'forward',
  elements: 1024,
  bytesPerElement: 8,
  processor: 'cpu',
  residency: 'roundtrip',
  clock: 'call to result',
} as const

function timed(about: Partial<Subject>, medianMs: number): Row {
  const check = { elements: 1, maxUlp: 0, passed: true }
  return timedRow(subject({ ...forward, ...about }), check, 9, { medianMs, p5Ms: medianMs, p95Ms: medianMs })
}

/** Rows of both processors at some sizes: the time on WebGPU relative to the CPU's. */
function compared(ratios: Readonly<Record<number, number>>, about: Partial<Subject> = {}): Row[] {
  return Object.entries(ratios).flatMap(([size, ratio]) => {
    const elements = Number(size)
    return [timed({ ...about, elements }, 2), timed({ ...about, elements, processor: 'webgpu' }, 2 * ratio)]
  })
}

test('a crossover lies where the times are equal, on logarithmic scales, and holds for every larger size', () => {
  const at = (ratios: Record<number, number>) => crossoverOf(compared(ratios), 'roundtrip')?.elements
  expect(at({ 1024: 4, 65536: 0.25 })).toBeCloseTo(8192)
  expect(at({ 1024: 8, 65536: 0.5 })).toBeCloseTo(1024 * 64 ** 0.75)
  expect(at({ 1024: 4, 4096: 0.5, 65536: 2, 262144: 0.5 })).toBeCloseTo(131072)
  expect(at({ 1024: 2, 65536: 1 })).toBe(Infinity)
  expect(at({ 1024: 0.5, 65536: 0.9 })).toBe(0)
  expect(at({})).toBeUndefined()
  expect(crossoverOf(compared({ 1024: 2 }), 'resident')).toBeUndefined()
  expect(crossoverOf([timed({}, 1), ...compared({ 65536: 2 })], 'roundtrip')?.smallest).toBe(65536)
})

test('an array that is reused, other libraries and failed rows have no part in a crossover', () => {
  const rows = [
    ...compared({ 1024: 2, 65536: 0.5 }),
    timed({ output: 'out', elements: 65536 }, 0.001),
    timed({ library: 'tfjs-wasm', elements: 65536 }, 0.001),
    failedRow(subject({ ...forward, elements: 2048 }), 'wrong'),
  ]
  expect(crossoverOf(rows, 'roundtrip')?.elements).toBeCloseTo(8192)
})

test('a crossover in words', () => {
  const words = (elements: number) =>
    describeCrossover({ residency: 'roundtrip', elements, smallest: 1024, largest: 2 ** 24 })
  expect(words(184_000)).toBe('faster than the CPU from about 180 Ki elements on')
  expect(words(Infinity)).toBe('slower than the CPU at every size up to 16 Mi elements')
  expect(words(0)).toBe('faster than the CPU at every size from 1 Ki elements on')
  expect([700, 1500, 1.6e6, 2 ** 24].map(formatRoughly)).toEqual(['700', '1.5 Ki', '1.5 Mi', '16 Mi'])
})

test('the conclusion has every kernel with its factor against the CPU, and says where WebGPU is slower', () => {
  const gelu = { activation: 'gelu' }
  expect(conclude(compared({ 1024: 4, 65536: 2 }), true)).toBe(
    'A software adapter computes on the CPU: its times say nothing about a GPU.' +
      ' From array to array, WebGPU is slower than the CPU for relu forward (2.00×) at 64 Ki elements.',
  )
  expect(conclude([...compared({ 1024: 4, 65536: 2 }), ...compared({ 1024: 4, 65536: 0.25 }, gelu)], false)).toBe(
    'From array to array, WebGPU is faster than the CPU for gelu forward (4.00×), but slower than the CPU for relu forward' +
      ' (2.00×) at 64 Ki elements.' +
      ' The arrays are worth the trip to WebGPU from about 8 Ki elements on (1 of 2 kernels).',
  )
  const resident = { residency: 'resident' } as const
  expect(
    conclude([...compared({ 1024: 0.5 }, resident), ...compared({ 1024: 0.1 }, { ...resident, ...gelu })], false),
  ).toBe(
    'With the data already there, WebGPU is faster than the CPU for relu forward and gelu forward (2.00× to 10.0×) at 1 Ki elements.',
  )
  expect(conclude([timed({}, 1), timed({ library: 'ort-wasm' }, 3)], true)).toBe(
    'On the CPU alone: up to 0.00819 GB/s, relu forward over 1 Ki elements. On the CPU ort-wasm took 3.00 times as long.',
  )
  expect(conclude([failedRow(subject(forward), 'wrong')], false)).toBe('1 of 1 rows failed: they are red below.')
  const kernels = summarizeKernels([...compared({ 1024: 4, 65536: 2 }), timed({ direction: 'backward' }, 1)])
  expect(kernels.map(({ kernel, elements }) => [kernel, elements])).toEqual([
    ['relu forward', 65536],
    ['relu backward', 1024],
  ])
})

const input = normalInput(1)
const request = {
  sizes: [16, 64],
  computations: [computationOf(relu(), 'forward')],
  processors: ['webgpu', 'cpu'],
} as const

test('a run goes on with what is missing or failed, in the order of its plan, and keeps the rest', () => {
  const plan = subjectsOf(request, [])
  const run = new Run(1, { input, state: DEFAULTS }, environment, plan)
  const row = (about: Subject, medianMs = 1) => timed(about, medianMs)
  expect(plan).toHaveLength(16)
  run.add(row(plan[0]!, 7))
  run.add(failedRow(plan[1]!, 'lost'))
  run.add(row(plan[2]!))
  expect(run.left.map(about => plan.indexOf(about))).toEqual([1, ...Array.from({ length: 13 }, (_, i) => 3 + i)])
  run.resume({ ...environment, when: 'later' }, plan)
  expect(run.rows.map(({ medianMs }) => medianMs)).toEqual([7, 1])
  expect(run.environment.when).toBe(environment.when)

  // The plan of the first size without these two.
  const rest = planWithout(planOf(request.computations, request.processors, [], 16), about => run.has(about))
  expect(entriesOf(rest).map(({ subject: about }) => about)).toEqual([plan[1], ...plan.slice(3, 8)])
  for (const about of plan.toReversed()) if (!run.has(about)) run.add(row(about))
  expect(run.left).toEqual([])
  expect(run.rows.map(({ elements }) => elements)).toEqual(plan.map(({ elements }) => elements))
})

test('a request is the same while all that its rows depend on is', () => {
  const run = new Run(1, { input, state: DEFAULTS }, environment, [])
  const same = (state: Partial<typeof DEFAULTS>, other = normalInput(1)) =>
    run.isOf({ input: other, state: { ...DEFAULTS, ...state } })
  expect(same({})).toBe(true)
  expect(same({ plot: 'elu', run: true, activations: DEFAULTS.activations.toReversed() })).toBe(true)
  const elu = { ...DEFAULTS.parameters, elu: { alpha: 2 } }
  expect(same({ parameters: elu })).toBe(true)
  const changes: Partial<typeof DEFAULTS>[] = [
    { sizes: [16] },
    { activations: ['relu'] },
    { parameters: { ...elu, leakyRelu: { alpha: 2 } } },
    { directions: ['forward'] },
    { processors: ['cpu'] },
    { peers: ['jax-js'] },
    { runs: 10 },
    { seed: 2 },
  ]
  for (const change of changes) expect(same(change)).toBe(false)
  expect(same({}, normalInput(2))).toBe(false)
  expect(same({}, { ...input, length: 4 })).toBe(false)
})

test('the estimate follows the pace of what was measured', () => {
  const subjects = subjectsOf(request, [])
  const expected1 = (about: Subject) => expectedSeconds(about, 9, false)
  const expected = subjects.reduce((sum, about) => sum + expected1(about), 0)
  const large = subjectsOf({ ...request, sizes: [2 ** 24] }, [])
  expect(large.reduce((sum, about) => sum + expected1(about), 0)).toBeGreaterThan(expected)
  expect(expectedSeconds(large[0]!, 9, true)).toBeGreaterThan(expected1(large[0]!))
  expect(expectedSeconds(large[0]!, 99, false)).toBeGreaterThan(expected1(large[0]!))

  const pace = new Pace()
  const remaining = new Remaining(pace, subjects, expected1, 100)
  expect(remaining.secondsLeft(100)).toBeCloseTo(expected)
  // Half of it takes four times as long as expected; one that fails takes no time and teaches nothing.
  let now = 100
  for (const about of subjects.slice(0, 8)) remaining.finish(timed(about, 1), (now += 4 * expected1(about)))
  const left = remaining.secondsLeft(now)
  expect(left).toBeGreaterThan(expected)
  expect(left).toBeLessThan(2 * expected)
  expect(remaining.secondsLeft(now + 1)).toBeCloseTo(left - 1)
  for (const about of subjects.slice(8)) remaining.finish(failedRow(about, 'lost'), now)
  expect(remaining.secondsLeft(now)).toBeCloseTo(0)
  expect(pace.secondsFor(1)).toBeCloseTo(left / (expected / 2))
})

test('durations in words', () => {
  expect([0, 3.4, 12, 41, 95, 3000, 3600, 4900, 7100].map(formatDuration)).toEqual([
    '1 s',
    '3 s',
    '10 s',
    '40 s',
    '2 min',
    '50 min',
    '1 h',
    '1 h 20 min',
    '2 h',
  ])
})

test('a preset is recognised by all of its choices', () => {
  const [quick] = PRESETS
  expect(hasChoices({ ...DEFAULTS, ...quick!.choices }, quick!.choices)).toBe(true)
  expect(hasChoices({ ...DEFAULTS, ...quick!.choices, runs: 10 }, quick!.choices)).toBe(false)
  expect(hasChoices(DEFAULTS, quick!.choices)).toBe(false)
})
