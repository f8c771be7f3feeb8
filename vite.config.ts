import { readFileSync, writeFileSync } from 'node:fs'
import { dirname, relative, resolve } from 'node:path'
import { fileURLToPath } from 'node:url'
import MagicString from 'magic-string'
import { type Plugin as RollupPlugin, rollup } from 'rollup'
import { dts } from 'rollup-plugin-dts'
import { build, type Plugin } from 'vite'
import { defineConfig, type ViteUserConfig } from 'vitest/config'
import { kernelSources, kernelsModule } from './src/cpu/compiler/cached.js'
import packageJson from './package.json' with { type: 'json' }

const fromHere = (path: string) => fileURLToPath(new URL(path, import.meta.url))

/** The address of the repository in package.json, for a browser; null where it names none. */
function repository(manifest: Readonly<Record<string, unknown>>): string | null {
  const named = manifest['repository'] as string | { readonly url: string } | undefined
  const url = typeof named === 'object' ? named.url : named
  return url?.replace(/^git\+/, '').replace(/\.git$/, '') ?? null
}

// The demo page shows them.
const define = {
  __LIBRARY_VERSION__: JSON.stringify(packageJson.version),
  __REPOSITORY__: JSON.stringify(repository(packageJson)),
}

// Comments and indentation of the shaders, and of the worker's script, stay here: bundlers do not look into strings.
export const bareSources: Plugin = {
  name: 'bare-sources',
  enforce: 'pre',
  load(id) {
    const [path, query] = id.split('?')
    if (query !== 'raw' || !/\.(wgsl|js)$/.test(path!)) return
    this.addWatchFile(path!)
    return `export default ${JSON.stringify(bare(readFileSync(path!, 'utf8')))}`
  },
}

export function bare(source: string): string {
  return source
    .replace(/\s*\/\*\*.*?\*\//gs, '')
    .replace(/\s*\/\/.*$/gm, '')
    .replace(/\n\s*/g, '\n')
    .trim()
}

// The WebAssembly that is made of the shaders.
export const kernels: Plugin = {
  name: 'kernels',
  resolveId: source => (source === 'virtual:kernels' ? `\0${source}` : undefined),
  load(id) {
    if (id !== '\0virtual:kernels') return undefined
    for (const file of kernelSources()) this.addWatchFile(file)
    return kernelsModule()
  },
}

const plugins = [bareSources, kernels]

/** A node of the syntax tree, with the members of those that are looked at. */
interface Syntax {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly name: string
  readonly operator: string
  readonly value: unknown
  readonly computed: boolean
  readonly kind?: string
  readonly declaration?: Syntax | null
  readonly declarations?: readonly { readonly id: Syntax; readonly init: Syntax | null }[]
  readonly expression: Syntax
  readonly argument: Syntax
  readonly left: Syntax
  readonly right: Syntax
  readonly arguments: readonly Syntax[]
  readonly elements: readonly (Syntax | null)[]
  readonly expressions: readonly Syntax[]
  readonly properties: readonly Syntax[]
}

/**
 * Makes constants of the library such that every bundler leaves out those that nobody uses: a number by an operation, as
 * `2 ** -17`, becomes a literal, and any other value but a plain one becomes the result of a pure call. esbuild 0.27 keeps both
 * otherwise, which are 1.2 kB in an app that imports relu alone.
 */
const unusedConstants: Plugin = {
  name: 'unused-constants',
  enforce: 'post',
  transform(code, id) {
    if (!id.startsWith(fromHere('src/')) || !/\.[jt]s$/.test(id)) return undefined
    const written = new MagicString(code)
    const numbers = new Map<string, number>()
    const body = this.parse(code).body as unknown as readonly Syntax[]
    for (const statement of body) {
      const { kind, declarations = [] } = statement.declaration ?? statement
      if (kind !== 'const') continue
      for (const { id: name, init } of declarations) {
        if (init === null || name.type !== 'Identifier') continue
        const number = numberOf(init, numbers)
        if (number !== undefined) numbers.set(name.name, number)
        if (number !== undefined && init.type === 'BinaryExpression')
          written.overwrite(init.start, init.end, `${number}`)
        else if (!isPlain(init, code))
          written.prependLeft(init.start, '/* @__PURE__ */ (() => (').appendRight(init.end, '))()')
      }
    }
    return written.hasChanged() ? { code: written.toString(), map: written.generateMap({ hires: true }) } : undefined
  },
}

/** The number that an expression of literals and of earlier constants is; undefined for another expression. */
function numberOf(node: Syntax, numbers: ReadonlyMap<string, number>): number | undefined {
  if (node.type === 'Literal') return typeof node.value === 'number' ? node.value : undefined
  if (node.type === 'Identifier') return numbers.get(node.name)
  if (node.type === 'ParenthesizedExpression') return numberOf(node.expression, numbers)
  if (node.type === 'UnaryExpression' && node.operator === '-') {
    const value = numberOf(node.argument, numbers)
    return value === undefined ? undefined : -value
  }
  if (node.type !== 'BinaryExpression') return undefined
  const [left, right] = [numberOf(node.left, numbers), numberOf(node.right, numbers)]
  if (left === undefined || right === undefined) return undefined
  switch (node.operator) {
    case '+':
      return left + right
    case '-':
      return left - right
    case '*':
      return left * right
    case '/':
      return left / right
    case '**':
      return left ** right
  }
  return undefined
}

/** Tells whether bundlers see that an expression has no effect. */
function isPlain(node: Syntax | null, code: string): boolean {
  const arePlain = (nodes: readonly (Syntax | null)[]): boolean => nodes.every(each => isPlain(each, code))
  if (node === null) return true
  switch (node.type) {
    case 'Literal':
    case 'Identifier':
    case 'ArrowFunctionExpression':
    case 'FunctionExpression':
    case 'ClassExpression':
      return true
    case 'TemplateLiteral':
      return node.expressions.length === 0
    case 'UnaryExpression':
      return node.argument.type === 'Literal'
    case 'ArrayExpression':
      return arePlain(node.elements)
    case 'ObjectExpression':
      return arePlain(node.properties)
    case 'Property':
      return !node.computed && isPlain(node.value as Syntax, code)
    case 'CallExpression':
    case 'NewExpression':
      return code.slice(0, node.start).trimEnd().endsWith('@__PURE__ */') && arePlain(node.arguments)
  }
  return false
}

// What users import from, by the names of the files in dist: each has its JavaScript and its declarations.
const entries = {
  index: fromHere('src/index.ts'),
  diagnostics: fromHere('src/diagnostics.ts'),
  onnxruntime: fromHere('src/onnxruntime.ts'),
  tensorflow: fromHere('src/tensorflow.ts'),
}

const declarations: Plugin = {
  name: 'declarations',
  async writeBundle({ dir }, bundle) {
    const values = Object.values(bundle).flatMap(file => (file.type === 'chunk' ? [[file.name, file.exports]] : []))
    await writeDeclarations(dir!, Object.fromEntries(values))
  },
}

/**
 * Writes what each entry declares, as one file.
 *
 * @param values what the JavaScript of each entry exports
 */
export async function writeDeclarations(dir: string, values: Readonly<Record<string, readonly string[]>>) {
  // rollup-plugin-dts 6.5.1 makes a value of every class that an entry exports, those of its `export type` too.
  const typesStayTypes: RollupPlugin = {
    name: 'types-stay-types',
    renderChunk: (code, { name, isEntry }) =>
      isEntry
        ? code.replace(/^export \{ (.*) \};$/m, (_, list: string) => {
            const isValue = (item: string) => values[name]!.includes(item.split(' ').at(-1)!)
            const [kept, types] = [true, false].map(kind => list.split(', ').filter(item => isValue(item) === kind))
            return `export { ${kept!.join(', ')} };${types!.length === 0 ? '' : `\nexport type { ${types!.join(', ')} };`}`
          })
        : code,
  }
  const tsconfig = fromHere('tsconfig.build.json')
  const indexSource = readFileSync(entries.index, 'utf8')
  // Another entry takes what index exports from its file, so that an Activation is one type in both.
  const typesOfIndex: RollupPlugin = {
    name: 'types-of-index',
    resolveId(source, importer) {
      const file = importer === undefined ? '' : relative(fromHere('src'), resolve(dirname(importer), source))
      return indexSource.includes(`from './${file}'`) ? { id: './index.js', external: true } : null
    },
  }
  for (const [name, input] of Object.entries(entries)) {
    const own = [...(name === 'index' ? [] : [typesOfIndex]), dts({ tsconfig }), typesStayTypes]
    const bundled = await rollup({ input: { [name]: input }, plugins: own })
    await bundled.write({ dir, entryFileNames: '[name].d.ts' })
    await bundled.close()
  }
  // Of the single file. Without the types of TensorFlow.js, which those who do not use it do not have.
  const typed = Object.keys(entries).filter(name => name !== 'tensorflow')
  writeFileSync(resolve(dir, 'single-file.d.ts'), typed.map(name => `export * from './${name}.js'\n`).join(''))
}

/** Imports at once what the library loads later, for bundles of one file: rolldown would wrap every module that it inlines. */
export const nothingLater: Plugin = {
  name: 'nothing-later',
  enforce: 'post',
  transform(code, id) {
    if (!id.startsWith(fromHere('src/')) || !/\.[jt]s$/.test(id)) return undefined
    const imports: string[] = []
    const changed = code.replace(/\bimport\(("[^"]+"|'[^']+')\)/g, (_, path: string) => {
      const name = `later${imports.length}`
      imports.push(`import * as ${name} from ${path}`)
      return `Promise.resolve(${name})`
    })
    // At the end, which leaves the lines of the source map as they are.
    return imports.length === 0 ? undefined : { code: [changed, ...imports].join('\n'), map: null }
  },
}

// All entries in one minified file, for pages that take it from a CDN: two files would each have an Activation of their own.
const singleFile: Plugin = {
  name: 'single-file',
  async writeBundle({ dir }) {
    const input = 'all-entries'
    const allEntries: Plugin = {
      name: 'all-entries',
      resolveId: source => (source === input ? `\0${input}` : undefined),
      load: id => {
        if (id !== `\0${input}`) return undefined
        return Object.values(entries)
          .map(entry => `export * from ${JSON.stringify(entry)}\n`)
          .join('')
      },
    }
    await build({
      configFile: false,
      logLevel: 'warn',
      publicDir: false,
      plugins: [...plugins, unusedConstants, nothingLater, allEntries],
      build: {
        target: 'es2022',
        outDir: dir!,
        emptyOutDir: false,
        sourcemap: true,
        modulePreload: false,
        rolldownOptions: {
          input,
          preserveEntrySignatures: 'strict',
          output: { entryFileNames: 'webgpu-activations.min.js' },
        },
      },
    })
  },
}

// Bundlers of apps load or leave whole files, so the code that a dispatcher loads later is apart from the code that it needs at
// first. A group takes the imports of its files too, unless a group above has them.
const groups = [
  { name: 'support', test: /\/src\/(support|activations\/support|operations|reference|gpu\/device\/device)\b/ },
  { name: 'schedule', test: /\/src\/(gpu\/plan\/(grid|schedule)|wgsl\/source)\b/ },
  { name: 'recorder', test: /\/src\/gpu\/record\/kernels\b/ },
].map((group, i) => ({ ...group, priority: 9 - i }))

const library: ViteUserConfig = {
  plugins: [...plugins, unusedConstants, declarations, singleFile],
  publicDir: false,
  build: {
    target: 'es2022',
    lib: { entry: entries, formats: ['es'], fileName: (_, name) => `${name}.js` },
    sourcemap: true,
    minify: false,
    // Declarations take their time.
    rolldownOptions: { checks: { pluginTimings: false }, output: { codeSplitting: { groups } } },
  },
}

// TensorFlow.js hands its threads the text of a function, which may name nothing outside: a minifier renames such variables.
const tfjsThreads: Plugin = {
  name: 'tfjs-threads',
  apply: 'build',
  transform: (code, id) =>
    id.endsWith('/tfjs-backend-wasm-threaded-simd.js')
      ? { code: code.replace('typeof _scriptDir !== "undefined" && _scriptDir', 'false'), map: null }
      : undefined,
}

const demo: ViteUserConfig = {
  plugins: [...plugins, tfjsThreads],
  // A worker computes the reference.
  worker: { format: 'es', plugins: () => plugins },
  root: fromHere('demo'),
  // Works from any folder of any site.
  base: './',
  define,
  build: { target: 'es2022', outDir: fromHere('dist-demo'), emptyOutDir: true },
  server: { fs: { allow: [fromHere('.')] } },
}

// One file for a machine with a GPU that has little else.
const bench: ViteUserConfig = {
  plugins,
  publicDir: false,
  build: {
    target: 'node20',
    ssr: fromHere('test/bench/standalone.ts'),
    outDir: fromHere('dist-bench'),
    emptyOutDir: true,
  },
  ssr: { noExternal: true, external: ['webgpu', 'prettier'] },
}

// `vitest`: test; `vite build`: the library; `vite build --mode bench`: the benchmark of kernels; `vite`, `vite preview` and
// `vite build --mode demo`: the demo page.
export default defineConfig(async ({ command, mode }) => {
  if (mode === 'test') {
    // Only here, because they start Chromium and Dawn to see which lanes this machine has.
    const { testProjects } = await import('./test/tools/lanes/projects.ts')
    const { LaneReporter } = await import('./test/tools/lanes/reporter.ts')
    return {
      test: {
        projects: await testProjects({ define, plugins }),
        // Short when green: failures in full, and a line for each lane.
        reporters: ['minimal', new LaneReporter()],
      },
    }
  }
  if (command !== 'build' || mode === 'demo') return demo
  return mode === 'bench' ? bench : library
})
