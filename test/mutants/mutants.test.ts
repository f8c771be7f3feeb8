import { rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { equivalents, reasonsById } from './equivalent.ts'
import { bundleTests, readShader, shaderFiles } from './judge/bundle.ts'
import { Judge } from './judge/child.ts'
import type { Surveyed } from './judge/protocol.ts'
import { Survey } from './judge/surveys.ts'
import { mutantsOf } from './operators.ts'
import { withoutEffect } from './run-time/without-effect.ts'
import { driverEnvironment, findLavapipe } from '../tools/lanes/drivers.ts'

// Whether `npm run mutants` would notice: what it changes, and what its judges say.

const wgsl = `// A comment + 1
const WIDE = array<vec2<u32>, 2>(vec2(1u), vec2(0x10u));

fn pick(a: u32, b: f32) -> f32 { // <
  if (a >= 2u && !(b < -0.5)) {
    return abs(b);
  }
  for (var i = 0u; i < a; i++) {
    words[i].x = select(a % 3u, i, a == i);
  }
  return b;
}
`

/** The line of each mutant, as it became. */
function linesOf(source: string): string[] {
  return mutantsOf('numerics/x.wgsl', source).map(({ change }) => change.slice(change.indexOf(' → ') + 3))
}

describe('what is changed', () => {
  test('every kind of slip, each alone', () => {
    expect(linesOf(wgsl)).toEqual([
      'const WIDE = array<vec2<u32>, 2>(vec2(0u), vec2(0x10u));',
      'const WIDE = array<vec2<u32>, 2>(vec2(2u), vec2(0x10u));',
      'const WIDE = array<vec2<u32>, 2>(vec2(1u), vec2(0x11u));',
      'const WIDE = array<vec2<u32>, 2>(vec2(1u), vec2(0x0u));',
      'if (!(a >= 2u && !(b < -0.5))) {',
      'if (a > 2u && !(b < -0.5)) {',
      'if (a < 2u && !(b < -0.5)) {',
      'if (a >= 1u && !(b < -0.5)) {',
      'if (a >= 3u && !(b < -0.5)) {',
      'if (a >= 2u || !(b < -0.5)) {',
      'if (a >= 2u && (b < -0.5)) {',
      'if (a >= 2u && !(b <= -0.5)) {',
      'if (a >= 2u && !(b >= -0.5)) {',
      'if (a >= 2u && !(b < 0.5)) {',
      'if (a >= 2u && !(b < -0.53125)) {',
      'nothing',
      'return (b);',
      'for (var i = 1u; i < a; i++) {',
      'for (var i = 0u; i <= a; i++) {',
      'for (var i = 0u; i >= a; i++) {',
      'for (var i = 0u; i < a; i--) {',
      'nothing',
      'words[i + 1u].x = select(a % 3u, i, a == i);',
      'words[i].y = select(a % 3u, i, a == i);',
      'words[i].x = select(i, a % 3u, a == i);',
      'words[i].x = select(a / 3u, i, a == i);',
      'words[i].x = select((3u) % (a), i, a == i);',
      'words[i].x = select(a % 2u, i, a == i);',
      'words[i].x = select(a % 4u, i, a == i);',
      'words[i].x = select(a % 3u, i, a != i);',
    ])
  })

  test('operands are found by how strongly signs bind', () => {
    const swapped = linesOf('fn f() -> u32 { return a + b * c - d << e; }').filter(
      line => line.includes(') - (') || line.includes(') << ('),
    )
    expect(swapped).toEqual([
      'fn f() -> u32 { return (d) - (a + b * c) << e; }',
      'fn f() -> u32 { return (e) << (a + b * c - d); }',
    ])
  })

  const all = shaderFiles().flatMap(file => mutantsOf(file, readShader(file)))

  test('each shader, and never one mutant twice', () => {
    expect(all.length).toBeGreaterThan(2000)
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length)
    expect(new Set(all.map(({ file, source }) => `${file} ${source}`)).size).toBeGreaterThan(all.length * 0.99)
    for (const { file, source } of all) expect(source).not.toBe(readShader(file))
  })

  test('no mutant is explained twice', () => {
    const twice = { 'One reason.': { 'numerics/x.wgsl f': '01234' }, Another: { 'numerics/x.wgsl f': '56789 01234' } }
    expect(() => reasonsById(twice)).toThrow('numerics/x.wgsl f 01234')
  })

  test('what is explained exists, and is explained once', () => {
    const ids = new Set(all.map(({ id }) => id))
    const [explained, unseen] = [equivalents, withoutEffect].map(reasons => [...reasonsById(reasons).keys()])
    expect([...explained!, ...unseen!].filter(id => !ids.has(id))).toEqual([])
    expect(explained!.filter(id => unseen!.includes(id))).toEqual([])
  })
})

const lavapipe = findLavapipe()

describe.runIf(lavapipe !== undefined)('what judges say', () => {
  const folder = fileURLToPath(
    new URL(`../../node_modules/.cache/webgpu-activations/mutants-test-${process.pid}`, import.meta.url),
  )
  const file = 'activations/silu.wgsl'
  let judge: Judge
  let tests: Surveyed[]

  beforeAll(async () => {
    const { worker, modules } = await bundleTests(folder)
    judge = new Judge(worker, 'node-lavapipe', driverEnvironment(lavapipe))
    tests = await judge.survey(
      modules.find(module => module.includes('pair-bits'))!,
      'swiglu',
    )
  }, 60_000)

  afterAll(() => {
    judge?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  test('a test is known by what it compiles and may call', () => {
    expect(tests.map(({ failure }) => failure)).toEqual(tests.map(() => undefined))
    const covered = new Set(tests.flatMap(test => test.covered))
    expect([...covered]).toEqual(expect.arrayContaining([`${file} forward`, 'numerics/logistic.wgsl over_one_plus']))
    expect([...covered].filter(name => name.includes('gelu'))).toEqual([])
    const [mutant] = mutantsOf(file, readShader(file)).filter(({ declaration }) => declaration === 'forward')
    expect(new Survey(tests).testsFor(mutant!).length).toBeGreaterThan(0)
    expect(new Survey(tests).testsFor({ ...mutant!, file: 'activations/mish.wgsl' })).toEqual([])
  })

  test('what changes nothing survives, before and after what changes something', async () => {
    const source = readShader(file)
    const judged = (mutated: string) => judge.judge(file, mutated, tests)
    expect(await judged(`${source}\n// Nothing.`)).toEqual({ kind: 'survived' })
    expect(await judged(source.replace('-110.0', '-50.0'))).toMatchObject({ kind: 'caught' })
    expect(await judged(source.replace('(dy, bounded, decay', '(dy, -bounded, decay'))).toMatchObject({
      kind: 'caught',
    })
    expect(await judged(source.replace('return select', 'return chosen'))).toMatchObject({ kind: 'refused' })
    expect(await judged(source)).toEqual({ kind: 'survived' })
  }, 60_000)
})
