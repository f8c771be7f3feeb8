// The library's WebAssembly as base64 of what `deflate` made of it. Compiling takes seconds, so it is kept beside the packages
// until a source of it changes. A plain module, as the hooks of Node's loader need it.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('../../..', import.meta.url))

// Whatever has a part in it.
const SOURCES = [
  'src/cpu/compiler',
  'shaders',
  'src/activations',
  'src/operations/operation.ts',
  'src/support/wgsl-builtins.ts',
  'node_modules/binaryen/package.json',
  'node_modules/wgsl_reflect/package.json',
]

/** What a loader gives for `virtual:kernels`. */
export function kernelsModule() {
  return `export default ${JSON.stringify(kernelsText())}`
}

/** @throws Error where a shader cannot be compiled: its message is the one line that says so, and it has no stack */
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
  // Whole or not at all, whoever else is at it.
  const partial = `${file}.${process.pid}`
  writeFileSync(partial, stdout)
  renameSync(partial, file)
  return stdout
}

// What was wrong with sources, so that they are compiled once, however many files of tests import them.
const problems = new Map()

/** @param {string} message */
function withoutStack(message) {
  const error = new Error(message)
  error.stack = ''
  return error
}

/** The files that the WebAssembly is made from, for who wants to watch them. */
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
