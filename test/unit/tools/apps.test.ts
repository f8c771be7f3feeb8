import { tmpdir } from 'node:os'
import { expect, test } from 'vitest'
import { type Answer, type App, problemOf } from '../../apps/app.ts'
import { readOptions } from '../../apps/options.ts'
import { tableOf } from '../../apps/report.ts'
import { APPS } from '../../apps/rows/index.ts'
import { UsageError } from '../../tools/command-line.ts'

const installed = { folder: '', version: '1.2.3', entries: ['a', 'a/b'] }
const app: App = {
  name: 'app',
  version: 'library',
  built: '-',
  runs: 'chromium',
  processors: ['cpu', 'webgpu'],
  run: () => Promise.reject(new Error('It is not run here.')),
}
const [cpu, webgpu] = ['cpu', 'webgpu'].map(processor => ({ processor, reason: 'why', path: 'wasm' })) as [
  Answer['reports'][number],
  Answer['reports'][number],
]
const sound: Answer = { reports: [cpu, webgpu], wrong: [], entries: { a: 3, 'a/b': 1 } }

test.each<[string, Partial<App>, Partial<Answer>, RegExp]>([
  ['a wrong value', {}, { wrong: ['relu is 1'] }, /^relu is 1$/],
  ['no WebGPU', {}, { reports: [cpu] }, /^cpu,webgpu had to compute, and cpu did$/],
  ['WebGPU where none is expected', { processors: ['cpu'] }, {}, /^cpu had to compute, and cpu,webgpu did$/],
  ['nothing computed', {}, { reports: [] }, /and nothing did$/],
  ['JavaScript', {}, { reports: [{ ...cpu, path: 'javascript' }, webgpu] }, /computes in javascript, not wasm: why$/],
  ['WebAssembly against a policy', { path: 'javascript' }, {}, /computes in wasm, not javascript/],
  ['an entry that is not imported', {}, { entries: { a: 3 } }, /^a\/b is not there$/],
  ['an entry without exports', {}, { entries: { a: 3, 'a/b': 0 } }, /^a\/b is not there$/],
])('%s is a problem', (_, fields, answer, problem) => {
  expect(problemOf({ ...app, ...fields }, installed, { ...sound, ...answer })).toMatch(problem)
})

test('a sound answer is none, and neither is an entry that an app does not import', () => {
  expect(problemOf(app, installed, sound)).toBeUndefined()
  expect(problemOf({ ...app, entries: ['a'] }, installed, { ...sound, entries: { a: 3 } })).toBeUndefined()
})

test('the table has a line for each app, and problems below', () => {
  const row = { name: 'vite', version: '8.3.8', built: 'build', runs: 'chromium', processors: ['cpu'], seconds: 1.25 }
  const table = tableOf([
    { ...row, problem: undefined },
    { ...row, name: 'next', processors: [], problem: 'no page' },
  ])
  expect(table.split('\n')).toEqual([
    'app   version  built  ran on         result  seconds',
    'vite  8.3.8    build  chromium: cpu  works   1.3',
    'next  8.3.8    build  chromium       FAILS   1.3',
    '',
    'next: no page',
    '',
  ])
})

test('options are read, and wrong ones are usage errors', () => {
  const names = (words: readonly string[]) => readOptions(words, APPS)?.apps.map(({ name }) => name)
  expect(names([])).toEqual(APPS.map(({ name }) => name))
  expect(names(['vite', 'node'])).toEqual(['vite', 'node'])
  expect(readOptions(['vite'], APPS)).toMatchObject({ named: true, json: undefined })
  expect(readOptions([], APPS)).toMatchObject({ named: false })
  expect(readOptions(['--help'], APPS)).toBeUndefined()
  for (const words of [['vote'], ['--jsn'], ['--json', tmpdir()], ['--json', '/nowhere/rows.json']]) {
    expect(() => readOptions(words, APPS)).toThrow(UsageError)
  }
  expect(() => readOptions(['vote'], APPS)).toThrow(/^"vote": there is package, vite,/)
})

test('the names of apps differ', () => {
  expect(new Set(APPS.map(({ name }) => name)).size).toBe(APPS.length)
})
