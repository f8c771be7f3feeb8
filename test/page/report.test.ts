import { expect, test } from 'vitest'
import { jsonReport, markdownTable } from '../../demo/report.ts'
import { type Environment, failedRow, type Row, skippedRow, subject, timedRow } from '../../demo/rows.ts'
import { calibrate, summarize } from '../../demo/measure/timing.ts'

const environment: Environment = {
  adapter: null,
  userAgent: 'test',
  library: '0.0.0',
  when: '2026-01-01T00:00:00.000Z',
}
const about = { activation: 'relu', direction: 'forward', elements: 1024, processor: 'webgpu' } as const
const copy = subject({ ...about, library: 'copy', activation: 'copy', residency: 'resident' })
const relu = subject({ ...about, residency: 'resident' })
const passed = { elements: 1024, maxUlp: 0, passed: true }
const timing = { medianMs: 2, p5Ms: 1, p95Ms: 3 }

test('a row counts its bytes: 8 forward, 12 backward', () => {
  expect(timedRow(relu, passed, 9, timing).gigabytesPerSecond).toBe((1024 * 8) / 2 / 1e6)
  expect(subject({ ...about, direction: 'backward', residency: 'resident' }).bytesPerElement).toBe(12)
})

test('JSON: a failed row carries no time, infinities are text, a skipped row is none', () => {
  const rows: Row[] = [
    timedRow(copy, passed, 9, timing),
    failedRow(relu, 'wrong', { elements: 1024, maxUlp: Infinity, passed: true }),
    skippedRow(relu, 'too large'),
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
  const rows = [timedRow(copy, passed, 9, timing), timedRow(relu, passed, 9, { ...timing, medianMs: 3 })]
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
