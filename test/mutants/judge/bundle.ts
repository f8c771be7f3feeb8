import { readdirSync, readFileSync } from 'node:fs'
import { basename, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Plugin } from 'vite'
import { kernels } from '../../../vite.config.ts'

// The project's own tests as modules that Node can import again and again, each time with other shaders.

const root = fileURLToPath(new URL('../../..', import.meta.url))
export const shaders = join(root, 'shaders')
const WORKER = fileURLToPath(new URL('./worker.ts', import.meta.url))

/** The tests that compute, held to what is known from elsewhere. Those of limits, refusals and failures say nothing of WGSL. */
const TESTS: readonly string[] = [
  ...['bits', 'conformance', 'half', 'packed-pairs', 'pair-bits', 'pairs', 'prelu-bits', 'prelu', 'properties'].map(
    name => `test/processors/${name}.test.ts`,
  ),
  ...[
    'backward-alpha',
    'bound-slopes',
    'definitions',
    'dispatcher-masks',
    'formats',
    'fusion',
    'fusion-rounded',
    'kernels',
    'learned-slopes',
    'matmul-epilogue',
    'packed-pairs',
    'pairs',
    'prelu',
    'ranges',
    'schedule',
    'wgsl',
    'without-x',
  ].map(name => `test/gpu/${name}.test.ts`),
]

/** What a dispatcher finds out at run time: before the first use of a kernel, and in what it then gives. */
export const RUN_TIME: Readonly<Record<'selfTest' | 'crossCheck', string>> = {
  selfTest: 'test/mutants/run-time/self-test.ts',
  crossCheck: 'test/mutants/run-time/cross-check.ts',
}

/** What stands for the shaders, the vectors and Vitest: the worker that judges has them. */
const GLOBAL = 'judge'

const standIns: Plugin = {
  name: 'stand-ins',
  enforce: 'pre',
  resolveId: (source, importer) => (source === 'vitest' && importer !== '\0vitest' ? '\0vitest' : undefined),
  load(id) {
    if (id === '\0vitest') {
      const names = 'describe, test, beforeAll, beforeEach, afterAll, afterEach, onTestFinished, inject'
      return `export { expect, vi } from 'vitest'\nexport const { ${names} } = globalThis.${GLOBAL}.vitest`
    }
    const [path, query] = id.split('?') as [string, string | undefined]
    if (path.endsWith('.wgsl') && query === 'raw') {
      return `export default globalThis.${GLOBAL}.shader(${JSON.stringify(nameOf(path))})`
    }
    if (/[\\/]conformance[\\/][^\\/]*\.json$/.test(path)) {
      return { code: `export default globalThis.${GLOBAL}.json(${JSON.stringify(path)})`, moduleType: 'js' }
    }
    return undefined
  },
}

function nameOf(path: string): string {
  return relative(shaders, path).split(sep).join('/')
}

/** The shaders that there are, as mutants name their files. */
export function shaderFiles(): string[] {
  return readdirSync(shaders, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.wgsl'))
    .map(path => path.split(sep).join('/'))
    .toSorted()
}

export function readShader(file: string): string {
  return readFileSync(join(shaders, file), 'utf8')
}

/** Writes tests into a folder, and what runs them. Tests are modules, one a file. */
export async function bundleTests(
  outDir: string,
  files: readonly string[] = TESTS,
): Promise<{ readonly worker: string; readonly modules: readonly string[] }> {
  const input = { worker: WORKER, ...Object.fromEntries(files.map(file => [entryOf(file), join(root, file)])) }
  await build({
    root,
    configFile: false,
    logLevel: 'warn',
    publicDir: false,
    plugins: [standIns, kernels],
    build: {
      target: 'node20',
      ssr: true,
      outDir,
      emptyOutDir: true,
      minify: false,
      rollupOptions: { input, output: { format: 'es', entryFileNames: '[name].mjs', chunkFileNames: '[name].mjs' } },
    },
    ssr: { external: ['vitest', 'webgpu', 'fast-check'] },
  })
  const moduleOf = (entry: string): string => join(outDir, `${entry}.mjs`)
  return { worker: moduleOf('worker'), modules: files.map(file => moduleOf(entryOf(file))) }
}

function entryOf(file: string): string {
  return `${basename(join(file, '..'))}-${basename(file).replace(/(\.test)?\.ts$/, '')}`
}
