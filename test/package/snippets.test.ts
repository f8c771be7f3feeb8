import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import * as diagnostics from '../../src/diagnostics.ts'
import * as library from '../../src/index.ts'
import { runSnippet, snippets } from '../support/snippets.ts'

const root = fileURLToPath(new URL('..', import.meta.url))

test("the README's arrays are computed as its comments say", async () => {
  const console = { log: () => {} }
  expect(await runSnippet('README.md', 'arrays', ['y', 'dx'], { ...library, console })).toEqual({
    y: Float32Array.of(-0.2, -0, 3, NaN),
    dx: Float32Array.of(0.1, 0.1, 1, 0.1),
  })
})

test('pair and slopes are computed as the comments say', async () => {
  const variables = ['y', 'same', 'dGate', 'dUp', 'dAlpha', 'halved']
  const results = (await runSnippet('docs/dispatcher.md', 'pairs', variables, library)) as Record<string, Float32Array>
  const silu = [-1, 0, 1, 2].map(x => x / (1 + Math.exp(-x)))
  for (const [i, value] of silu.entries()) {
    expect(results['y']![i]).toBeCloseTo(10 * value, 5)
    expect(results['same']![i]).toBe(results['y']![i])
    expect(results['dUp']![i]).toBeCloseTo(value, 6)
  }
  expect(results['dGate']![1]).toBe(5)
  expect(results['dAlpha']).toEqual(Float32Array.of(-1, 0))
  expect(results['halved']).toEqual(Uint16Array.of(0x3c00, 0))
})

test('the diagnostics of arrays are as the comments say', async () => {
  const variables = ['zeros', 'mean', 'units', 'dead', 'leaky', 'gradient', 'norm']
  const given = { ...library, ...diagnostics }
  const results = (await runSnippet('docs/diagnostics.md', 'inspect', variables, given)) as Record<string, unknown>
  expect(results).toMatchObject({ zeros: 4, mean: 0.5, dead: [2], leaky: { dead: [], neverOpen: [2] }, norm: 5 })
  expect((results['units'] as { dead: boolean }[]).map(unit => unit.dead)).toEqual([false, false, true])
  const [first, second] = results['gradient'] as Float32Array
  expect(first).toBeCloseTo(0.6, 6)
  expect(second).toBeCloseTo(-0.8, 6)
})

test('the report has what docs/report.md says of it, and nothing else', async () => {
  const results = await runSnippet('docs/report.md', 'report', ['dispatcher', 'processor', 'cpu', 'isWell'], library)
  const { dispatcher, ...read } = results as { dispatcher: library.Dispatcher }
  expect(read).toEqual({ processor: 'cpu', cpu: dispatcher.report.cpu, isWell: true })
  const page = readFileSync(join(root, '../docs/report.md'), 'utf8')
  const fields = [...page.matchAll(/^\| `(\w+)` +\|/gm)].map(match => match[1]!)
  const { reason } = dispatcher.report
  expect(typeof reason).toBe('string')
  const events = ['mismatch', 'fallback', 'quarantine', 'devicelost', 'deviceerror']
  expect(fields.toSorted()).toEqual([...Object.keys(dispatcher.report), ...events].toSorted())
})

test('the listeners of docs/report.md are called with what they read', async () => {
  const warned: string[] = []
  const given = { ...library, console: { warn: (text: string) => void warned.push(text) } }
  const { dispatcher } = (await runSnippet('docs/report.md', 'events', ['dispatcher'], given)) as {
    dispatcher: library.Dispatcher
  }
  dispatcher.dispatchEvent(new library.FallbackEvent(library.relu(), 'forward', 'no device'))
  dispatcher.dispatchEvent(new library.QuarantineEvent('relu forward', 'wrong'))
  expect(warned).toEqual(['no device', 'not used again: relu forward'])
  dispatcher.destroy()
})

test("arrays of the library's own memory and of a worker are computed", async () => {
  const results = await runSnippet('docs/dispatcher.md', 'memory', ['x', 'y'], library)
  const { x, y } = results as Record<'x' | 'y', Float32Array>
  for (const array of [x, y]) {
    expect(array).toBeInstanceOf(Float32Array)
    expect(array.length).toBe(2 ** 20)
    expect(array.every(value => value === 0)).toBe(true)
  }
})

test('the snippet for Node puts WebGPU where the library looks for it', async () => {
  const before = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
  // npm run apps runs the snippet with the real one. This has no adapter.
  const create = () => ({ requestAdapter: async () => null })
  try {
    const run = runSnippet('docs/install.md', 'node', ['y'], { ...library, create, globals: {} })
    await expect(run).rejects.toThrow('WebGPU found no adapter.')
  } finally {
    if (before === undefined) Reflect.deleteProperty(globalThis, 'navigator')
    else Object.defineProperty(globalThis, 'navigator', before)
    Reflect.deleteProperty(globalThis, 'gpu')
  }
})

test('every snippet has a name of its own on its page, and a test that runs it', () => {
  const tests = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(file =>
    /\.test\.ts$|^apps[/\\]rows[/\\]/.test(file),
  )
  const calls = tests.flatMap(file => [
    ...readFileSync(join(root, file), 'utf8').matchAll(/unSnippet(?:InPage|InApp)?\(\s*'([^']+)',\s*'([^']+)'/g),
  ])
  const run = calls.map(([, page, name]) => `${page} ${name}`)
  // To mend it: write ```js NAME, and call runSnippet(PAGE, NAME, ...) in a test, or add a row to test/apps/rows/recipes.ts.
  expect(snippets.map(({ page, name }) => `${page} ${name}`).toSorted()).toEqual([...new Set(run)].toSorted())
  expect(snippets.filter(({ name }) => name === '')).toEqual([])
})
