import { readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))

// From the bottom up: a folder imports from those before it and from itself. `cpu` and `gpu` stand side by side.
const FLOORS = [
  ['src/support'],
  ['src/activations/support'],
  ['src/activations'],
  ['src/operations'],
  ['src/reference'],
  ['src/checking', 'src/cpu/wasm', 'src/cpu/compiler', 'src/wgsl', 'src/gpu/device'],
  ['src/cpu', 'src/definitions', 'src/gpu/bindings'],
  ['src/gpu/programs'],
  ['src/gpu/plan'],
  ['src/gpu/record'],
  ['src/gpu/transfer'],
  ['src/gpu/reductions'],
  ['src/dispatcher'],
  ['src/diagnostics', 'src/onnxruntime', 'src/tensorflow'],
  ['src'],
  ['demo/support'],
  ['demo/state'],
  ['demo/controls', 'demo/examples'],
  ['demo/measure'],
  ['demo/input', 'demo/peers', 'demo/shell'],
  ['demo/inspect', 'demo/lab'],
  ['demo/lab/gpu', 'demo/lab/tensorflow'],
  ['demo/lab/session'],
  ['demo/rooms/lab/run'],
  ['demo/rooms/shapes/code', 'demo/rooms/shapes/plot', 'demo/rooms/throughput/report', 'demo/rooms/throughput/run'],
  ['demo/rooms/shapes/properties', 'demo/rooms/shapes/sample', 'demo/rooms/lab/figures'],
  ['demo/rooms/lab/comparison'],
  ['demo/rooms/shapes', 'demo/rooms/lab', 'demo/rooms/throughput'],
  ['demo'],
  ['test'],
]

// What users import from: `entries` of vite.config.ts.
const ENTRIES = ['src/index.ts', 'src/diagnostics.ts', 'src/onnxruntime.ts', 'src/tensorflow.ts']

const files = ['src', 'demo', 'test'].flatMap(folder =>
  readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter(file => /\.[jt]s$/.test(file) && !file.includes('node_modules'))
    .map(file => join(folder, file)),
)

function importsOf(file: string): string[] {
  const text = readFileSync(join(root, file), 'utf8').replace(/^\s*(\/\/|\*).*$/gm, '')
  const specifiers = [...text.matchAll(/(?:from|import\(|import)\s*'(\.[^'?]+)(?:\?\w+)?'/g)].map(match => match[1]!)
  return specifiers.map(specifier => relative(root, join(root, dirname(file), specifier)))
}

const folderOf = (file: string): string => (file.startsWith('test/') ? 'test' : dirname(file))
const floorOf = (file: string): number => FLOORS.findIndex(floor => floor.includes(folderOf(file)))

test('each folder is on a floor', () => {
  expect(files.filter(file => floorOf(file) === -1)).toEqual([])
})

test('imports go down, and never between neighbours', () => {
  const up = files.flatMap(file =>
    importsOf(file)
      .filter(other => other.startsWith('src/') || !other.includes('..'))
      .filter(other => folderOf(other) !== folderOf(file) && floorOf(other) >= floorOf(file))
      .map(other => `${file} → ${other}`),
  )
  expect(up).toEqual([])
})

test('the demo imports the entries of the library alone', () => {
  const internal = files
    .filter(file => file.startsWith('demo/'))
    .flatMap(file => importsOf(file).map(other => ({ file, other })))
    .filter(({ other }) => /^(src|shaders|test)\//.test(other) && !ENTRIES.includes(other))
    .map(({ file, other }) => `${file} → ${other}`)
  expect(internal).toEqual([])
})

test('no file imports itself by way of others', () => {
  const done = new Set<string>()
  const circles: string[] = []
  const visit = (file: string, path: readonly string[]): void => {
    if (path.includes(file)) circles.push([...path.slice(path.indexOf(file)), file].join(' → '))
    if (done.has(file)) return
    done.add(file)
    for (const other of importsOf(file)) if (files.includes(other)) visit(other, [...path, file])
  }
  for (const file of files) visit(file, [])
  expect(circles).toEqual([])
})

test('a command starts a worker of its own folder', () => {
  const started = files.flatMap(file => {
    const paths = readFileSync(join(root, file), 'utf8').matchAll(/\bstartWorker<[^(]*>\('(\.[^']+)'/g)
    return [...paths].map(([, path]) => ({ file, worker: join('test/accuracy', path!) }))
  })
  expect(started.length).toBeGreaterThan(5)
  expect(started.filter(({ file, worker }) => dirname(file) !== dirname(worker) || !files.includes(worker))).toEqual([])
})
