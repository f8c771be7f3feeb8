import { expect, test } from 'vitest'
import { checkResults } from '../../demo/measure/check.ts'
import { computationOf } from '../../demo/measure/computation.ts'
import { jsonReport, markdownTable } from '../../demo/report.ts'
import { type Environment, failedRow, type Row, skippedRow, subject, timedRow } from '../../demo/rows.ts'
import { calibrate, summarize } from '../../demo/measure/timing.ts'
import { type Activation, type Direction, gelu, relu } from '../../src/index.ts'

const environment: Environment = {
  adapter: null,
  userAgent: 'test',
  library: '0.0.0',
  when: '2026-01-01T00:00:00.000Z',
}
const about = { activation: 'relu', direction: 'forward', elements: 1024, processor: 'webgpu' } as const
const resident = { ...about, residency: 'resident', bytesPerElement: 8 } as const
const copy = subject({ ...resident, library: 'copy', activation: 'copy' })
const kernel = subject(resident)
const passed = { elements: 1024, maxUlp: 0, passed: true }
const timing = { medianMs: 2, p5Ms: 1, p95Ms: 3 }

test('a row counts its bytes: 8 forward, 12 backward', () => {
  expect(timedRow(kernel, passed, 9, timing).gigabytesPerSecond).toBe((1024 * 8) / 2 / 1e6)
  const bytesOf = (direction: Direction) => computationOf(gelu(), direction).bytesPerElement
  expect([bytesOf('forward'), bytesOf('backward')]).toEqual([8, 12])
})

test('a result is held to the bounds of its activation, and an example of what is beyond is given', async () => {
  const data = { x: Float32Array.of(-1, 0.5, 2, 3), dy: new Float32Array(4) }
  const check = async (activation: Activation, change: (bits: Int32Array) => void) => {
    const computation = computationOf(activation, 'forward')
    const expected = computation.results.map(result => result.reference(data))
    const bits = Int32Array.from(data.x, (_, i) => expected[0]!(i))
    change(bits)
    const signal = new AbortController().signal
    return checkResults(computation, data, [new Float32Array(bits.buffer)], expected, signal)
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

test('percentiles are interpolated; short work is repeated until a run is long enough', async () => {
  expect(summarize([5, 1, 2, 4, 3])).toEqual({ medianMs: 3, p5Ms: expect.closeTo(1.2), p95Ms: expect.closeTo(4.8) })
  expect(await calibrate(repeats => Promise.resolve(repeats * 0.5), 1000)).toBeGreaterThanOrEqual(40)
  expect(await calibrate(() => Promise.resolve(0), 1000)).toBe(1000)
  expect(await calibrate(() => Promise.resolve(50), 1000)).toBe(1)
})
