// Caches the library's WebAssembly, deflated and in base64, beside the packages until one of its sources changes,
// because compilation takes seconds. A plain JavaScript module, because the hooks of Node's loader import it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

// All inputs of the compiler.
const SOURCES = [
  'src/cpu/compiler',
  'shaders',
  'src/activations',
  'src/operations/operation.ts',
  'src/support/wgsl-builtins.ts',
  'node_modules/binaryen/package.json',
  'node_modules/wgsl_reflect/package.json',
]

/** Returns the source of the module `virtual:kernels`. */
export function kernelsModule() {
  return `export default ${JSON.stringify(kernelsText())}`
}

/** @throws Error when a shader does not compile: its message is the compiler's line, without a stack */
export function kernelsText() {
  const folder = join(root, 'node_modules/.cache/webgpu-activations')
  const digest = digestOfSources()
  const file = join(folder, `${digest}.txt`)
  if (existsSync(file)) return readFileSync(file, 'utf8')
  const args = ['--import', 'tsx', '--import', './test/tools/wgsl-loader.js', 'src/cpu/compiler/main.ts']
  const problem = problems.get(digest)
  if (problem !== undefined) throw withoutStack(problem)
  const { status, stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: root,
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  })
  if (status !== 0) {
    problems.set(digest, stderr.trim())
    throw withoutStack(stderr.trim())
  }
  mkdirSync(folder, { recursive: true })
  // Written under another name first: a process that reads at the same time finds a whole file or none.
  const partial = `${file}.${process.pid}`
  writeFileSync(partial, stdout)
  renameSync(partial, file)
  return stdout
}

// The errors by digest, so that broken sources are compiled once, however many test files import them.
const problems = new Map()

/** @param {string} message */
function withoutStack(message) {
  const error = new Error(message)
  error.stack = ''
  return error
}

/** Returns the source files of the WebAssembly, for bundlers that watch files. */
export function kernelSources() {
  return SOURCES.flatMap(source => filesIn(join(root, source)))
}

function digestOfSources() {
  const hash = createHash('sha256')
  for (const file of kernelSources()) hash.update(`${file}\n`).update(readFileSync(file)).update('\n')
  return hash.digest('hex').slice(0, 32)
}

/** @param {string} path @returns {string[]} */
function filesIn(path) {
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .toSorted()
    .flatMap(name => filesIn(join(path, name)))
}
