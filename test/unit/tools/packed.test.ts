import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'
import { problemsOf } from '../../apps/packed.ts'

const manifest = {
  main: './dist/index.js',
  exports: { '.': { types: './dist/index.d.ts', default: './dist/index.js' }, './package.json': './package.json' },
}
const map = { version: 3, sources: ['../src/index.ts'], sourcesContent: ['export {}'] }
const sound = {
  'package.json': JSON.stringify(manifest),
  'README.md': '[docs](docs/install.md#node), [test](CONTRIBUTING.md), [web](https://example.org)\n',
  'docs/install.md': '[source](../src/index.ts), [above](#node), `[code](code.md)`\n',
  'dist/index.js': 'export {}\n//# sourceMappingURL=index.js.map',
  'dist/index.js.map': JSON.stringify(map),
  'dist/index.d.ts': 'export {}\n',
}

function problemsWith(changes: Readonly<Record<string, string | undefined>>): string[] {
  const folder = mkdtempSync(join(tmpdir(), 'packed-'))
  try {
    for (const [file, text] of Object.entries({ ...sound, ...changes })) {
      if (text === undefined) continue
      mkdirSync(dirname(join(folder, file)), { recursive: true })
      writeFileSync(join(folder, file), text)
    }
    return problemsOf(folder)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

test('a sound package has no problem', () => {
  expect(problemsWith({})).toEqual([])
})

test.each<[Record<string, string | undefined>, string[]]>([
  [{ 'src/index.ts': '' }, ['src/index.ts: no user needs it']],
  [{ 'docs/page.png': '' }, ['docs/page.png: no user needs it']],
  [{ 'dist/index.d.ts': undefined }, ['dist/index.d.ts of package.json is not there']],
  [
    { 'package.json': JSON.stringify({ ...manifest, jsdelivr: './dist/all.min.js', scripts: { prepare: 'x' } }) },
    ["a script prepare runs at the user's", 'dist/all.min.js of package.json is not there'],
  ],
  [
    { 'package.json': JSON.stringify({ ...manifest, exports: { '.': { default: './dist/index.js' } } }) },
    ['the entry . has no types'],
  ],
  [{ 'dist/index.js': 'export {}\n' }, ['dist/index.js has no source map']],
  [{ 'dist/index.js.map': undefined }, ['dist/index.js has no source map']],
  [
    { 'dist/index.js.map': JSON.stringify({ ...map, sources: ['/home/a/src/index.ts'] }) },
    ['the map of dist/index.js has the path /home/a/src/index.ts'],
  ],
  [
    { 'dist/index.js.map': JSON.stringify({ ...map, sources: ['file:///home/a.ts'] }) },
    ['the map of dist/index.js has the path file:///home/a.ts'],
  ],
  [
    { 'dist/index.js.map': JSON.stringify({ ...map, sourcesContent: [null] }) },
    ['the map of dist/index.js has no text of ../src/index.ts'],
  ],
  [
    { 'docs/install.md': '[tests](testing.md#lanes)\n' },
    ['docs/install.md links to docs/testing.md, which is not there'],
  ],
])('a fault is told: %j', (changes, problems) => {
  expect(problemsWith(changes)).toEqual(problems)
})
