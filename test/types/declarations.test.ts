import { copyFile, cp, mkdtemp, readFile, realpath, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import typescript from 'typescript'
import typescript57 from 'typescript-5.7'
import typescript59 from 'typescript-5.9'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import * as diagnostics from '../../src/diagnostics.ts'
import * as library from '../../src/index.ts'
import * as onnxruntime from '../../src/onnxruntime.ts'
import * as tensorflow from '../../src/tensorflow.ts'
import { writeDeclarations } from '../../vite.config.ts'

const fromHere = (path: string): string => fileURLToPath(new URL(path, import.meta.url))
const modules = fromHere('../../node_modules')

// A project outside of this repository: code that uses the package, and the package as it is packed, but for its JavaScript.
let project: string
let declarations: string

beforeAll(async () => {
  project = await realpath(await mkdtemp(join(tmpdir(), 'webgpu-activations-types-')))
  await cp(fromHere('consumers'), project, { recursive: true })
  await writeFile(join(project, 'package.json'), '{ "type": "module" }')
  const installed = join(project, 'node_modules/webgpu-activations')
  await writeDeclarations(join(installed, 'dist'), {
    index: Object.keys(library),
    diagnostics: Object.keys(diagnostics),
    onnxruntime: Object.keys(onnxruntime),
    tensorflow: Object.keys(tensorflow),
  })
  await copyFile(fromHere('../../package.json'), join(installed, 'package.json'))
  declarations = join(installed, 'dist/index.d.ts')
}, 60_000)

afterAll(() => rm(project, { recursive: true, force: true }))

interface Setting {
  readonly files: readonly string[]
  readonly lib: readonly string[]
  readonly types?: readonly string[]
  readonly moduleResolution?: 'bundler' | 'nodenext' | 'node10'
  readonly exactOptionalPropertyTypes?: boolean
}

/** Finds the errors in the package's declarations and in what uses them. */
function compilerOf(ts: typeof typescript): (setting: Setting) => string[] {
  // Its own libraries are parsed once.
  const parsed = new Map<string, typescript.SourceFile | undefined>()

  return ({ files, lib, types = [], moduleResolution = 'bundler', exactOptionalPropertyTypes = true }) => {
    const settings = {
      target: 'ES2022',
      lib,
      types,
      typeRoots: [modules, join(modules, '@types')],
      module: moduleResolution === 'nodenext' ? 'NodeNext' : 'ESNext',
      moduleResolution,
      strict: true,
      noUncheckedIndexedAccess: true,
      exactOptionalPropertyTypes,
      skipLibCheck: false,
      noEmit: true,
      allowImportingTsExtensions: true,
      // TypeScript 6 knows node10 for the last time.
      ...(ts === typescript && { ignoreDeprecations: '6.0' }),
    }
    const { options } = ts.convertCompilerOptionsFromJson(settings, project)
    const host = ts.createCompilerHost(options)
    const libraries = dirname(host.getDefaultLibFileName(options))
    const getSourceFile = host.getSourceFile.bind(host)
    host.getCurrentDirectory = () => project
    host.getSourceFile = (path, ...others) => {
      if (dirname(path) !== libraries) return getSourceFile(path, ...others)
      if (!parsed.has(path)) parsed.set(path, getSourceFile(path, ...others))
      return parsed.get(path)
    }
    const roots = files.map(file => join(project, `${file}.ts`))
    const program = ts.createProgram(roots, options, host)
    // These files in full, and no others: @webgpu/types has errors beside TypeScript 6's DOM library.
    const checked = program.getSourceFiles().filter(({ fileName }) => fileName.startsWith(project))
    expect(checked.map(({ fileName }) => fileName)).toContain(declarations)
    const diagnostics = [
      ...program.getOptionsDiagnostics(),
      ...checked.flatMap(file => [...program.getSyntacticDiagnostics(file), ...program.getSemanticDiagnostics(file)]),
    ]
    return diagnostics.map(diagnostic => ts.formatDiagnostic(diagnostic, { ...host, getNewLine: () => '\n' }))
  }
}

const CALLS = ['arrays', 'generic']
const VALUES = ['values', 'events']
const DOM = ['ES2022', 'DOM']

// They differ in types alone, which are all that is taken from the others.
const compilers = [typescript57, typescript59, typescript] as (typeof typescript)[]

describe.each(compilers)('what uses the package compiles with TypeScript $version', ts => {
  const errorsOf = compilerOf(ts)
  // TypeScript 6's DOM library has WebGPU, but for its constants.
  const hasWebGpu = ts === typescript
  const hasFloat16Array = ts !== compilers[0]

  const settings: [string, Setting][] = [
    ['the DOM', { files: [...CALLS, ...VALUES, ...(hasWebGpu ? ['webgpu'] : [])], lib: DOM }],
    ['the DOM and @webgpu/types', { files: ['webgpu', 'constants'], lib: DOM, types: ['@webgpu/types'] }],
    ['the oldest @webgpu/types', { files: ['webgpu', 'constants'], lib: DOM, types: ['webgpu-types-0.1.38'] }],
    ['no DOM', { files: VALUES, lib: ['ES2022'] }],
    ['Node', { files: VALUES, lib: ['ES2022'], types: ['node'], moduleResolution: 'nodenext' }],
    ['Node and @webgpu/types', { files: [...VALUES, 'constants'], lib: ['ES2022'], types: ['node', '@webgpu/types'] }],
    ['node10', { files: VALUES, lib: DOM, moduleResolution: 'node10', exactOptionalPropertyTypes: false }],
    ['ESNext', { files: hasFloat16Array ? ['float16'] : VALUES, lib: ['ESNext'] }],
  ]
  // Between the oldest and the newest, what differs most is enough.
  const isBetween = ts === compilers[1]
  test.each(settings.filter(([name]) => !isBetween || ['the DOM', 'ESNext'].includes(name)))(
    '%s',
    (_, setting) => {
      expect(errorsOf(setting)).toEqual([])
    },
    60_000,
  )
})

test('the declarations are a file for each entry, which tells nothing internal', async () => {
  const text = await readFile(declarations, 'utf8')
  expect(text).not.toMatch(/@internal|\bimport\b.*\bfrom\b|\bimport\(|\brequire\(/)
  // Another entry takes what the index exports from there, so that both have one type of each.
  for (const entry of ['diagnostics', 'onnxruntime']) {
    const others = await readFile(declarations.replace('index', entry), 'utf8')
    expect(others).not.toMatch(/@internal|\bimport\(|declare class/)
    expect([...others.matchAll(/^import .* from (.*);$/gm)].map(match => match[1])).toEqual(["'./index.js'"])
  }
  const plugIn = await readFile(declarations.replace('index', 'tensorflow'), 'utf8')
  expect(plugIn).not.toMatch(/@internal|\bimport\(|declare class/)
  const imported = [...plugIn.matchAll(/^import .* from '(.*)';$/gm)].map(match => match[1])
  expect(new Set(imported)).toEqual(new Set(['./index.js', '@tensorflow/tfjs-core']))
  // Made by functions alone.
  expect(text).toMatch(/^export type \{ Activation, GluActivation \};$/m)
})

test('an activation shows its name and parameters, and nothing of its kernels', async () => {
  const text = await readFile(declarations, 'utf8')
  for (const name of ['Activation', 'GluActivation']) {
    const [, body] = new RegExp(`declare class ${name} \\{([^]*?)\n\\}`).exec(text)!
    const members = [...body!.matchAll(/^\s+(?:readonly|protected readonly) (\w+)/gm)].map(match => match[1])
    expect(members).toEqual(['name', 'parameters', 'toString', 'toJSON', 'type'])
  }
})
