import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import * as library from '../../src/index.ts'
import { makerNames } from '../support/maker-names.ts'
import { ACTIVATIONS_PAGE, activationsPage } from '../tools/activations-page.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const docs = readdirSync(join(root, 'docs')).filter(file => file.endsWith('.md'))
const pages = ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...docs.map(file => `docs/${file}`)]
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const prose = (path: string): string => read(path).replaceAll(/^```[\s\S]*?^```$/gm, '')
/** What the links of a page lead to. */
const linksOf = (path: string): string[] =>
  [
    ...prose(path)
      .replaceAll(/`[^`]*`/g, 'code')
      .matchAll(/\]\(([^)\s]+)\)/g),
  ].map(match => match[1]!)

/** The anchors of a page, as GitHub makes them of its headings. */
function anchorsOf(path: string): string[] {
  const headings = [...prose(path).matchAll(/^#+ (.+)$/gm)].map(match => match[1]!)
  return headings.map(heading =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

test.each(pages)('the links of %s lead to files and headings', page => {
  const broken = linksOf(page).filter(target => {
    if (/^https?:/.test(target)) return false
    const [path = '', anchor] = target.split('#')
    const file = path === '' ? page : relative(root, join(root, dirname(page), path))
    if (!existsSync(join(root, file))) return true
    return anchor !== undefined && !anchorsOf(file).includes(anchor)
  })
  expect(broken).toEqual([])
})

test('a link to a heading is told from one to none', () => {
  expect(anchorsOf('docs/failures.md')).toContain('what-fails-and-what-the-dispatcher-does')
  expect(anchorsOf('docs/failures.md')).not.toContain('what-fails')
})

test.each(pages.filter(page => page !== 'CHANGELOG.md'))('the files and scripts that %s names exist', page => {
  const codes = [...read(page).matchAll(/`((?:src|test|demo|shaders|docs)\/[\w./-]+)`/g)].map(match => match[1]!)
  const scripts = [...read(page).matchAll(/npm run ([\w:-]+)/g)].map(match => match[1]!)
  const names = codes.filter(path => !path.includes('NAME'))
  expect(names.filter(path => !existsSync(join(root, path)))).toEqual([])
  expect(scripts.filter(script => !(script in packageJson.scripts))).toEqual([])
})

test('every page of docs is reached from the README', () => {
  const reached = new Set(['README.md'])
  for (const page of reached) {
    if (!page.endsWith('.md') || !existsSync(join(root, page))) continue
    for (const link of linksOf(page)) reached.add(relative(root, join(root, dirname(page), link.split('#')[0]!)))
  }
  expect(pages.filter(page => !reached.has(page))).toEqual([])
})

test.each([
  ['README.md', 160],
  ['CONTRIBUTING.md', 100],
])('%s has at most %i lines of 100 columns', (page, most) => {
  const lines = read(page).trimEnd().split('\n')
  expect(lines.length).toBeLessThanOrEqual(most)
  expect(lines.filter(line => line.length > 100)).toEqual([])
})

test('docs/activations.md is as the sources are', async () => {
  expect(readFileSync(ACTIVATIONS_PAGE, 'utf8') === (await activationsPage()), 'write it: npm run docs').toBe(true)
})

test('npm run lists at most 18 scripts', () => {
  // prepack is npm's own.
  expect(Object.keys(packageJson.scripts).filter(name => name !== 'prepack').length).toBeLessThanOrEqual(18)
})

test('the sizes in README and docs/install.md are those that the check allows', () => {
  const text = read('README.md') + read('docs/install.md')
  const sizes = [...text.matchAll(/^\|.*\| +(\d+\.\d) \|$/gm)].map(match => Number(match[1])).toSorted((a, b) => a - b)
  const limits = packageJson['size-limit'].map(({ limit }) => Number.parseFloat(limit)).toSorted((a, b) => a - b)
  expect(sizes).toHaveLength(limits.length)
  for (const [i, limit] of limits.entries()) {
    expect(sizes[i]).toBeLessThanOrEqual(limit)
    expect(sizes[i]).toBeGreaterThan(limit - 0.5)
  }
})

/** The table of docs/formulas.md: the formula of each function, as JavaScript. */
function formulas(): Map<string, string> {
  const rows = [...read('docs/formulas.md').matchAll(/^\| `(\w+)` +\| `([^`]+)`/gm)]
  return new Map(rows.map(([, name, formula]) => [name!, formula!.replaceAll('^', '**')]))
}

type Forward = (this: void, activation: unknown, ...arrays: Float32Array[]) => Promise<Float32Array>

/** Evaluates a formula with what it names: functions of mathematics, other activations and parameters. */
function evaluate(formula: string, variables: Readonly<Record<string, unknown>>): number {
  const { exp, log, min, max, abs, tanh, sqrt, PI } = Math
  const sigmoid = (x: number): number => 1 / (1 + exp(-x))
  // By Simpson's rule: nothing of the library.
  const density = (x: number): number => exp((-x * x) / 2) / sqrt(2 * PI)
  const Phi = (x: number): number => {
    const width = x / 1000
    const points = Array.from(
      { length: 1001 },
      (_, i) => (i % 1000 === 0 ? 1 : i % 2 === 1 ? 4 : 2) * density(i * width),
    )
    return 0.5 + (width / 3) * points.reduce((sum, point) => sum + point, 0)
  }
  const relu = (x: number): number => max(x, 0)
  const silu = (x: number): number => x * sigmoid(x)
  const gelu = (x: number): number => x * Phi(x)
  const known = { exp, log, min, max, abs, tanh, sqrt, sigmoid, Phi, relu, silu, gelu, ...variables }
  // oxlint-disable-next-line typescript/no-implied-eval -- a formula of our own docs
  return new Function(...Object.keys(known), `return ${formula}`)(...Object.values(known)) as number
}

test('README and docs/formulas.md list every function, and no other', () => {
  expect([...formulas().keys()].toSorted()).toEqual([...makerNames].toSorted())
  const rows = read('README.md').match(/^\| family[^]*?\n\n/m)![0]
  expect([...rows.matchAll(/`(\w+)`/g)].map(match => match[1]!).toSorted()).toEqual([...makerNames].toSorted())
  expect(read('README.md')).toContain(`The package has ${makerNames.length} functions`)
})

test.each([...formulas()])('the formula of %s is what it computes', async (name, formula) => {
  const exports: Readonly<Record<string, unknown>> = library
  const make = exports[name] as typeof library.threshold & typeof library.relu
  const activation = name === 'threshold' ? make({ threshold: 0.5, value: -2 }) : make()
  const dispatcher = await library.createDispatcher({ processor: 'cpu' })
  const x = Float32Array.of(-7, -3.5, -2.9, -1, -0.3, 0, 0.4, 0.6, 1, 2.9, 3.5, 6.5)
  const up = x.map((_, i) => i / 4 - 1)
  const isPair = formula.includes('gate')
  const y = await (dispatcher.forward as Forward)(activation, x, ...(isPair ? [up] : []))
  for (const [i, value] of y.entries()) {
    const variables = { gate: x[i], up: up[i], x: x[i], ...activation.parameters }
    expect(value).toBeCloseTo(evaluate(formula, variables), 5)
  }
  dispatcher.destroy()
})
