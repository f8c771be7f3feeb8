import { expect, test } from 'vitest'
import { checkResults, expectationsOf } from '../../demo/measure/check.ts'
import { describeChoice } from '../../demo/measure/choice.ts'
import { computationOf } from '../../demo/measure/computation.ts'
import type { Reference } from '../../demo/measure/reference.ts'
import { lenientExpectations } from '../../demo/peers/leniency.ts'
import { jsonReport, markdownTable } from '../../demo/rooms/throughput/report/report.ts'
import {
  type Environment,
  failedRow,
  type Row,
  skippedRow,
  type Subject,
  subject,
  timedRow,
  timesCopy,
  timesOurs,
} from '../../demo/measure/rows.ts'
import { calibrate, summarize } from '../../demo/measure/timing.ts'
import { type Activation, type Direction, gelu, type GluActivation, relu, silu, swiglu } from '../../src/index.ts'
import { gluBits, type GluResult, referenceBits } from '../../src/reference/reference.ts'
import { bitsView } from '../../src/support/bits.ts'

const environment: Environment = {
  adapter: null,
  userAgent: 'test',
  library: '0.0.0',
  when: '2026-01-01T00:00:00.000Z',
}
const about = { activation: 'relu', direction: 'forward', elements: 1024, processor: 'webgpu' } as const
const resident = { ...about, residency: 'resident', clock: 'submit to done', bytesPerElement: 8 } as const
const copy = subject({ ...resident, library: 'copy', activation: 'copy' })
const kernel = subject(resident)
const passed = { elements: 1024, maxUlp: 0, passed: true }
const timing = { medianMs: 2, p5Ms: 1, p95Ms: 3 }

/** The same as the page's worker computes. */
const reference: Reference = async ({ activation, direction, results }, data) => {
  const [x, dy, up] = [data.x, data.dy, data.up ?? data.x].map(bitsView)
  return results.map(({ name }) => {
    const bits = x!.map((at, i) =>
      'activation' in activation
        ? gluBits(activation, name as GluResult, at, up![i]!, dy![i]!)
        : referenceBits(activation, direction, at, dy![i]!, i),
    )
    return new Float32Array(bits.buffer)
  })
}
const referencesOf = async (...given: Parameters<Reference>) => (await reference(...given)).map(bitsView)
const { signal } = new AbortController()

test('a row counts its bytes: 8 forward, 12 backward', () => {
  expect(timedRow(kernel, passed, 9, timing).gigabytesPerSecond).toBe((1024 * 8) / 2 / 1e6)
  const bytesOf = (direction: Direction) => computationOf(gelu(), direction).bytesPerElement
  expect([bytesOf('forward'), bytesOf('backward')]).toEqual([8, 12])
})

test('a result is held to the bounds of its activation, and an example of what is beyond is given', async () => {
  const data = { x: Float32Array.of(-1, 0.5, 2, 3), dy: new Float32Array(4) }
  const check = async (activation: Activation, change: (bits: Int32Array) => void) => {
    const computation = computationOf(activation, 'forward')
    const expected = await referencesOf(computation, data)
    const bits = expected[0]!.slice()
    change(bits)
    return checkResults([new Float32Array(bits.buffer)], expectationsOf(computation, data, expected), 4, signal)
  }
  const off = (bits: Int32Array) => {
    bits[1]! += 3
    bits[2]! -= 4
  }
  expect(await check(gelu(), off)).toEqual({ check: { elements: 4, maxUlp: 4, passed: true } })
  expect(await check(gelu(), bits => (bits[3]! += 5))).toMatchObject({
    check: { maxUlp: 5, passed: false },
    problem: expect.stringMatching(
      /^1 of 4 elements are wrong, by up to 5 ULP: at 3, expected 2\.9959\d+, got 2\.9959/,
    ),
  })
  expect(await check(relu(), off)).toMatchObject({
    check: { elements: 4, maxUlp: 4, passed: false },
    problem: expect.stringMatching(/^2 of 4 elements are wrong, by up to 4 ULP: at 1, expected 0\.5, got 0\.5000/),
  })
  expect(await check(relu(), bits => (bits[0] = -0x80000000))).toMatchObject({ check: { passed: false } })
})

test('what drivers may flush, and what a derivative loses where it crosses zero, is allowed; what is beyond is not', async () => {
  const check = async (
    activation: Activation | GluActivation,
    direction: Direction,
    inputs: Readonly<Record<'x' | 'dy' | 'up', number>>,
    ...actual: readonly number[]
  ) => {
    const computation = computationOf(activation, direction)
    const [x, dy, up] = [inputs.x, inputs.dy, inputs.up].map(value => Float32Array.of(value))
    const data = { x: x!, dy: dy!, up: up! }
    const expectations = expectationsOf(computation, data, await referencesOf(computation, data))
    const results = actual.map(value => Float32Array.of(value))
    return (await checkResults(results, expectations, 1, signal)).check.passed
  }
  const ones = { x: 1, dy: 1, up: 1 }
  // The minimum of silu, to the nearest float32.
  const crossing = Math.fround(-1.2784645557403564)
  expect(await check(silu(), 'backward', { ...ones, x: crossing, dy: 3 }, 3 * 2 ** -23)).toBe(true)
  expect(await check(silu(), 'backward', { ...ones, x: crossing, dy: 3 }, 3 * 2 ** -20)).toBe(false)
  expect(await check(silu(), 'forward', { ...ones, x: 1e-40 }, 0)).toBe(true)
  expect(await check(silu(), 'forward', { ...ones, x: 1e-30 }, 0)).toBe(false)
  expect(await check(silu(), 'forward', { ...ones, x: NaN }, 0)).toBe(false)
  expect(await check(silu(), 'forward', ones, NaN)).toBe(false)
  // silu(-95) is subnormal: a driver may flush it before it meets what is huge.
  expect(await check(swiglu(), 'forward', { ...ones, x: -95, up: -1e30 }, 0)).toBe(true)
  expect(await check(swiglu(), 'forward', { ...ones, x: -95, up: -Infinity }, NaN)).toBe(true)
  expect(await check(swiglu(), 'forward', { ...ones, x: -1, up: 1e30 }, 0)).toBe(false)
  const gradients = await reference(computationOf(swiglu(), 'backward'), {
    x: Float32Array.of(1),
    dy: Float32Array.of(1),
    up: Float32Array.of(1),
  })
  const [dGate, dUp] = gradients.map(([value]) => value!) as [number, number]
  expect(await check(swiglu(), 'backward', ones, dGate, dUp)).toBe(true)
  expect(await check(swiglu(), 'backward', ones, dGate, dUp * 1.001)).toBe(false)
  expect(await check(swiglu(), 'backward', ones, dGate * 1.001, dUp)).toBe(false)
})

test('JSON: a failed row carries no time, infinities are text, a skipped row is none', () => {
  const rows: Row[] = [
    timedRow(copy, passed, 9, timing),
    failedRow(kernel, 'wrong', { elements: 1024, maxUlp: Infinity, passed: true }),
    skippedRow(kernel, 'too large'),
  ]
  const report = JSON.parse(jsonReport(environment, rows)) as { environment: Environment; rows: Row[] }
  expect(report.environment).toEqual(environment)
  expect(report.rows).toHaveLength(2)
  expect(report.rows[0]).toMatchObject({ library: 'copy', format: 'f32', ...timing, runs: 9, crossCheck: passed })
  expect(report.rows[1]).toMatchObject({ error: 'wrong', crossCheck: { maxUlp: 'Infinity', passed: false } })
  for (const field of ['medianMs', 'p5Ms', 'p95Ms', 'gigabytesPerSecond'])
    expect(report.rows[1]).not.toHaveProperty(field)
})

test('Markdown: aligned, with the time relative to the copy', () => {
  const rows = [timedRow(copy, passed, 9, timing), timedRow(kernel, passed, 9, { ...timing, medianMs: 3 })]
  const lines = markdownTable(rows).split('\n')
  expect(new Set(lines.map(line => line.length)).size).toBe(1)
  expect(lines[3]).toMatch(/webgpu-activations \| relu .* 1\.50 \| ✓ equal/)
})

test('× copy: the copy kernel of the same direction, on the CPU `set`, byte for byte; × ours: the same task and place', () => {
  const timed = (about: Partial<Subject>, medianMs: number): Row =>
    timedRow({ ...kernel, ...about }, passed, 9, { ...timing, medianMs })
  const backward = { direction: 'backward', bytesPerElement: 12 } as const
  const onCpu = { processor: 'cpu', residency: 'roundtrip', clock: 'call to result' } as const
  const rows = [
    timed({ library: 'copy', activation: 'copyBufferToBuffer' }, 1),
    timed({ library: 'copy', activation: 'copy' }, 2),
    timed({ library: 'copy', activation: 'copy', ...backward }, 4),
    timed({}, 3),
    timed({ library: 'tfjs-webgpu', clock: 'call to done' }, 9),
    timed(backward, 5),
    timed({ library: 'jax-js', ...backward, clock: 'call to done' }, 10),
    timed({ bytesPerElement: 12, activation: 'swiglu' }, 6),
    timed({ library: 'copy', activation: 'set', ...onCpu }, 10),
    timed(onCpu, 20),
    timed({ ...onCpu, output: 'out' }, 15),
    timed({ library: 'ort-wasm', ...onCpu }, 50),
    timed({ ...onCpu, residency: 'resident', output: 'in place' }, 5),
    timed({ library: 'tfjs-wasm', ...onCpu, residency: 'resident' }, 10),
    timed({ residency: 'roundtrip', clock: 'call to result' }, 70),
    timed({ library: 'ort-webgpu', elements: 2048 }, 70),
  ]
  // On the GPU with the data there, on the CPU, and what has no copy or none of ours beside it.
  const [onGpu, cpu, other] = [rows.slice(0, 8), rows.slice(8, 14), rows.slice(14)]
  const copies = (some: readonly Row[]) => some.map(row => timesCopy(row, rows))
  expect(copies(onGpu)).toEqual([0.5, 1, 1, 1.5, 4.5, 1.25, 2.5, 2])
  expect(copies(cpu)).toEqual([1, 2, 1.5, 5, 0.5, 1])
  expect(copies(other)).toEqual([undefined, undefined])
  const ours = (some: readonly Row[]) => some.map(row => timesOurs(row, rows))
  expect(ours(onGpu)).toEqual([undefined, undefined, undefined, 1, 3, 1, 2, 1])
  expect(ours(cpu)).toEqual([undefined, 1, 0.75, 2.5, 1, 2])
  expect(ours(other)).toEqual([1, undefined])
  expect(timesOurs(failedRow(kernel, 'wrong'), rows)).toBeUndefined()
  expect(JSON.parse(jsonReport(environment, rows))).toMatchObject({ rows: rows.map(row => ({ clock: row.clock })) })
  expect((JSON.parse(jsonReport(environment, rows)) as { rows: object[] }).rows[4]).toMatchObject({ ratio: 3 })
})

test('of another library only what is grossly wrong is a failure: each side of a kink will do, and anything for NaN', async () => {
  const x = Float32Array.of(-2, -0, 0, 1e-7, 3, NaN)
  const dy = Float32Array.of(5, 5, 5, 5, 5, 5)
  const judge = async (activation: Activation, direction: Direction, actual: readonly number[]) => {
    const computation = computationOf(activation, direction)
    const references = await referencesOf(computation, { x, dy })
    const expectations = lenientExpectations(computation, { x, dy }, references, reference)
    const { check } = await checkResults([Float32Array.from(actual)], expectations, 6, signal)
    return check
  }
  const largest = async (...given: Parameters<typeof judge>) => (await judge(...given)).maxUlp
  expect(await judge(relu(), 'forward', [0, 0, 0, 1e-7, 3, NaN])).toMatchObject({ maxUlp: 0, passed: true })
  expect(await judge(relu(), 'forward', [0, 0, 0, 1.2e-7, 3.0001, 0])).toMatchObject({ passed: true })
  expect(await largest(relu(), 'forward', [0, 0, 0, 1e-7, 3.0001, NaN])).toBeGreaterThan(100)
  expect(await judge(relu(), 'forward', [0, 0, 0, 1e-7, 3.1, NaN])).toMatchObject({ passed: false })
  expect(await judge(relu(), 'forward', [0, 0, 0, 1e-7, NaN, NaN])).toMatchObject({ passed: false })
  expect(await judge(relu(), 'backward', [0, 5, 5, 5, 5, 0])).toMatchObject({ passed: true })
  expect(await judge(relu(), 'backward', [5, 0, 0, 5, 5, 5])).toMatchObject({ passed: false })
  expect(await judge(relu(), 'backward', [0, 0, 2.5, 5, 5, 5])).toMatchObject({ passed: false })
})

test('what the library chooses, in words', () => {
  const cpu = { path: 'wasm', reason: '', worker: false, threads: 1, inJavaScript: [] } as const
  const choose = (elements: Record<string, number>, measured = true) =>
    describeChoice({
      cpu,
      auto: { processor: 'webgpu', reason: 'the adapter is fast', crossover: { measured, elements } },
    })
  expect(choose({ 'relu forward': 1234567, 'gelu backward': Infinity })).toBe(
    'Left the choice, the library takes WebGPU for relu forward from 1,234,567 elements on, gelu backward never, as measured' +
      ' here. The CPU computes in WebAssembly.',
  )
  expect(choose({ 'relu forward': 2 ** 20 }, false)).toContain('which is assumed, not measured.')
  expect(describeChoice({ cpu, auto: { processor: 'cpu', reason: 'Software.', crossover: null } })).toBe(
    'Left the choice, the library takes the CPU: Software. The CPU computes in WebAssembly.',
  )
  expect(describeChoice({ cpu: { ...cpu, inJavaScript: ['own forward', 'own backward'] } })).toBe(
    'The CPU computes in WebAssembly, but own forward and own backward in JavaScript.',
  )
  expect(
    describeChoice({
      cpu: { path: 'javascript', reason: 'A policy forbids it.', worker: false, threads: 1, inJavaScript: [] },
    }),
  ).toBe('The CPU computes in JavaScript: A policy forbids it.')
})

test('percentiles are interpolated; short work is repeated until a run is long enough', async () => {
  expect(summarize([5, 1, 2, 4, 3])).toEqual({ medianMs: 3, p5Ms: expect.closeTo(1.2), p95Ms: expect.closeTo(4.8) })
  expect(await calibrate(repeats => Promise.resolve(repeats * 0.5), 1000)).toBeGreaterThanOrEqual(40)
  expect(await calibrate(() => Promise.resolve(0), 1000)).toBe(1000)
  expect(await calibrate(() => Promise.resolve(50), 1000)).toBe(1)
  // Runs during which the machine did something else for a while.
  for (const pauses of [[100], [15], [100, 12], [0, 0, 15, 30]]) {
    const interrupted = (repeats: number) => Promise.resolve(repeats * 0.05 + (pauses.shift() ?? 0))
    expect(await calibrate(interrupted, 1000)).toBeGreaterThanOrEqual(200)
  }
})
