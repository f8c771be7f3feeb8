import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { build, type Rollup } from 'vite'
import { describe, expect, test } from 'vitest'
import * as diagnostics from '../../src/diagnostics.ts'
import * as library from '../../src/index.ts'
import * as onnxruntime from '../../src/onnxruntime.ts'
import * as tensorflow from '../../src/tensorflow.ts'
import { bareSources, bare, kernels } from '../../vite.config.ts'

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const folder = fromHere('../../shaders/activations')
const shaders = readdirSync(folder).map(name => ({
  name: name.replace('.wgsl', ''),
  wgsl: JSON.stringify(bare(readFileSync(`${folder}/${name}`, 'utf8'))).slice(1, -1),
}))

// The single file for CDNs has them all, and `export *` drops a name that two of them have, without a word.
test('no two entries export one name', () => {
  const names = [library, diagnostics, onnxruntime, tensorflow].flatMap(entry => Object.keys(entry))
  expect(names.filter((name, i) => names.indexOf(name) !== i)).toEqual([])
})

/** Bundles a program that uses a few of the library's exports, as an application's bundler would; the text of all files. */
async function bundle(names: string): Promise<string> {
  const entry = 'bundled-entry.ts'
  const [built] = (await build({
    configFile: false,
    logLevel: 'error',
    plugins: [
      bareSources,
      kernels,
      {
        name: 'entry',
        resolveId: id => (id.endsWith(entry) ? `\0${entry}` : null),
        load: id =>
          id === `\0${entry}`
            ? `import { ${names} } from ${JSON.stringify(fromHere('../../src/index.ts'))}\nexport default [${names}]`
            : null,
      },
    ],
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry, formats: ['es'] },
    },
  })) as Rollup.RollupOutput[]
  return built!.output.map(file => (file.type === 'chunk' ? file.code : '')).join('\n')
}

describe('a bundle carries the WGSL of the activations it uses, and no other', () => {
  test.each([
    ['createKernels, relu', ['relu', 'reluInteger']],
    ['createDispatcher, relu', ['relu', 'reluInteger']],
    ['createKernels, leakyRelu', ['leakyRelu']],
    ['createKernels, gelu', ['gelu', 'geluTanh']],
    ['createKernels, swiglu', ['silu']],
  ])('%s', async (names, expected) => {
    const code = await bundle(names)
    expect(shaders.filter(({ wgsl }) => code.includes(wgsl)).map(({ name }) => name)).toEqual(expected)
    // What wgsl() puts around an activation.
    expect(code).not.toContain('settled_forward')
  })
})

test('a bundle runs no text and speaks to no network', async () => {
  const code = await bundle('createDispatcher, createKernels, wgsl, relu')
  // Comments and WGSL are text, not code.
  const words = code.match(
    /\b(?:eval|Function|importScripts|fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon)\s*\(/g,
  )
  expect(words).toBeNull()
  // Only files of its own are loaded later.
  const loaded = [...code.matchAll(/\bimport\s*\(([^)]*)\)/g)].map(([, file]) => file)
  expect(loaded).toHaveLength(3)
  for (const file of loaded) expect(file).toMatch(/^(["'`])\.\/(on-gpu|wasm-cpu|tuning)-[\w-]+\.js\1$/)
  expect(code).not.toMatch(/\bdocument\.|\.innerHTML|\.cookie|\bindexedDB\.|\blocalStorage\./)
})
