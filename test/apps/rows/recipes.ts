import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { onnxModel } from '../../../demo/peers/onnx-model.ts'
import { snippetModule, snippetsIn } from '../../support/snippet-module.ts'
import type { App } from '../app.ts'

interface Recipe {
  /** The package of test/apps/package.json whose version is the row's. */
  readonly version: string
  readonly given?: readonly string[]
  readonly variables: readonly string[]
  /** Adds to the site what the recipe fetches. */
  readonly prepare?: (folder: string, site: string) => void
}

/**
 * A row that runs a snippet of the packed documentation as it stands. The page of its name in test/apps/recipes gives it what it
 * takes for granted and judges its results.
 */
function runSnippetInApp(page: string, name: string, { version, given = [], variables, prepare }: Recipe): App {
  return {
    name,
    version,
    built: 'vite',
    runs: 'chromium',
    // Kernels compute, and no dispatcher that could report a processor.
    processors: [],
    async run({ folder, run, serve, open }) {
      const text = readFileSync(join(folder, 'node_modules/webgpu-activations', page), 'utf8')
      const snippet = snippetsIn(text).find(other => other.name === name)
      if (snippet === undefined) throw new Error(`${page} has no snippet ${name}`)
      const here = join(folder, 'recipes')
      writeFileSync(join(here, `${name}.snippet.js`), snippetModule(snippet.code, given, variables))
      const html = readFileSync(join(here, 'page.html'), 'utf8')
      writeFileSync(join(here, `${name}.html`), html.replaceAll('NAME', name))
      const site = `dist-${name}`
      await run('recipes', 'vite', ['build', '--logLevel', 'warn', '--outDir', site], { RECIPE: name })
      prepare?.(folder, join(here, site))
      return open(`${await serve(`recipes/${site}`)}${name}.html`)
    },
  }
}

/** A model that negates a list of numbers, as transformers.js looks for it. */
function addModel(_folder: string, site: string): void {
  mkdirSync(join(site, 'models/tiny/onnx'), { recursive: true })
  writeFileSync(join(site, 'models/tiny/config.json'), '{ "model_type": "tiny" }')
  writeFileSync(join(site, 'models/tiny/onnx/model.onnx'), onnxModel({ type: 'Neg' }))
}

function addLiteRt(folder: string, site: string): void {
  cpSync(join(folder, 'node_modules/@litertjs/core/wasm'), join(site, 'wasm'), { recursive: true })
}

/** The recipes of docs that need other libraries. */
export const RECIPES: readonly App[] = [
  runSnippetInApp('docs/onnxruntime.md', 'onnxruntime', {
    version: 'onnxruntime-web',
    given: ['model', 'picture'],
    variables: ['device', 'activated'],
    prepare: addModel,
  }),
  runSnippetInApp('docs/integrations.md', 'transformers', {
    version: '@huggingface/transformers',
    given: ['name'],
    variables: ['activated'],
    prepare: addModel,
  }),
  runSnippetInApp('docs/integrations.md', 'litert', {
    version: '@litertjs/core',
    given: ['wasm'],
    variables: ['activated'],
    prepare: addLiteRt,
  }),
  runSnippetInApp('docs/integrations.md', 'typegpu', { version: 'typegpu', variables: ['relued', 'gelued'] }),
  runSnippetInApp('docs/integrations.md', 'three', {
    version: 'three',
    variables: ['renderer', 'device', 'values', 'buffer'],
  }),
  runSnippetInApp('docs/integrations.md', 'babylon', {
    version: '@babylonjs/core',
    given: ['canvas'],
    variables: ['relued', 'gelued'],
  }),
  runSnippetInApp('docs/integrations.md', 'jax', { version: '@jax-js/jax', variables: ['device', 'output'] }),
]
