import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'
import packageJson from '../../package.json' with { type: 'json' }
import { FileError } from '../../demo/input/input.ts'
import { columnsOf } from '../../demo/inspect/columns.ts'
import { listChannels } from '../../demo/inspect/inspection.ts'
import { LAB_CHOICES } from '../../demo/state/lab.ts'
import { npy, safetensors, tensorFile } from '../page/files.ts'
import { UsageError } from '../tools/command-line.ts'
import { inspectAll, makeAll } from './inspected.ts'
import { readLayer } from './layer.ts'
import { readOptions } from './options.ts'

const folder = mkdtempSync(join(tmpdir(), 'inspect-'))
afterAll(() => rmSync(folder, { recursive: true }))

function file(name: string, bytes: Uint8Array): string {
  const path = join(folder, name)
  writeFileSync(path, bytes)
  return path
}

/** The results of the command for a command line. */
async function run(...words: readonly string[]) {
  const options = readOptions(words)!
  const layer = await readLayer(options)
  const { x, all } = await inspectAll(layer, makeAll(options))
  return { layer, x, inspections: Object.fromEntries(all.map(one => [one.activation, one.inspection])) }
}

/** The message of an error of this class. */
async function problemOf(kind: typeof FileError | typeof UsageError, ...words: readonly string[]): Promise<string> {
  const error: unknown = await run(...words).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(kind)
  return (error as Error).message
}

const SHAPE = [4, 3, 5] as const
type Place = readonly [number, number, number]
const placeOf = (i: number): Place => [Math.floor(i / 15), Math.floor(i / 5) % 3, i % 5]

/** A tensor with values of both signs, but for one channel along an axis, which is negative. */
function withDeadChannel(axis: 0 | 1 | 2, dead: number): Float32Array {
  return Float32Array.from({ length: 60 }, (_, i) => {
    const x = Math.sin(7 * i + 1) * 3
    return placeOf(i)[axis] === dead ? -Math.abs(x) - 0.5 : x
  })
}

/** The same elements with the first axis varying fastest, and a header that says so. */
function inFortranOrder(values: Float32Array): Buffer {
  const reordered = new Float32Array(values.length)
  for (const [i, value] of values.entries()) {
    const [a, b, c] = placeOf(i)
    reordered[a + 4 * (b + 3 * c)] = value
  }
  const bytes = npy(new Uint8Array(reordered.buffer), '(4, 3, 5)')
  bytes.write(bytes.toString('latin1').replace("'fortran_order': False", "'fortran_order': True "), 'latin1')
  return bytes
}

/** Statistics in float64, from the definitions, over what an axis has as channels. */
function truthOf(x: Float32Array, f: (x: number) => number, slope: (x: number) => number, axis: 0 | 1 | 2) {
  const y = Array.from(x, f)
  const mean = y.reduce((sum, value) => sum + value, 0) / y.length
  const hasGradient = Array.from({ length: SHAPE[axis] }, () => false)
  for (const [i, value] of x.entries()) if (slope(value) !== 0) hasGradient[placeOf(i)[axis]] = true
  return {
    zeros: y.filter(value => value === 0).length,
    zeroGradients: Array.from(x, slope).filter(value => value === 0).length,
    mean,
    deviation: Math.sqrt(y.reduce((sum, value) => sum + (value - mean) ** 2, 0) / y.length),
    min: Math.min(...y),
    max: Math.max(...y),
    dead: [...hasGradient.keys()].filter(channel => !hasGradient[channel]),
  }
}

test.each([
  [0, 2, 'C'],
  [1, 1, 'C'],
  [2, 4, 'C'],
  [0, 2, 'Fortran'],
  [1, 1, 'Fortran'],
  [2, 4, 'Fortran'],
] as const)(
  'axis %i, channel %i planted dead, %s order: the statistics are those of float64',
  async (axis, dead, order) => {
    const values = withDeadChannel(axis, dead)
    const bytes = order === 'C' ? npy(new Uint8Array(values.buffer), '(4, 3, 5)') : inFortranOrder(values)
    const path = file(`${axis}-${order}.npy`, bytes)
    const words = [
      path,
      '--activations',
      'relu,leakyRelu,tanh',
      '--leakyRelu.alpha',
      '0.25',
      '--axis',
      String(axis - 3),
    ]
    const { layer, x, inspections } = await run(...words)
    expect(layer).toMatchObject({ axis, shape: SHAPE, columns: { units: SHAPE[axis], rows: 60 / SHAPE[axis] } })

    const truths = {
      relu: truthOf(
        values,
        one => Math.max(one, 0),
        one => (one > 0 ? 1 : 0),
        axis,
      ),
      leakyRelu: truthOf(
        values,
        one => (one > 0 ? one : one / 4),
        one => (one > 0 ? 1 : 0.25),
        axis,
      ),
      tanh: truthOf(values, Math.tanh, one => 1 - Math.tanh(one) ** 2, axis),
    }
    expect(truths.relu.dead).toEqual([dead])
    for (const [name, { mean, deviation, min, max, ...counts }] of Object.entries(truths)) {
      const inspection = inspections[name]!
      expect(inspection).toMatchObject({ ...counts, count: 60, nans: 0, infinities: 0 })
      for (const [actual, expected] of [
        [inspection.mean, mean],
        [inspection.deviation, deviation],
        [inspection.min, min],
        [inspection.max, max],
      ] as const) {
        expect(Math.abs(actual - expected)).toBeLessThan(1e-6)
      }
      expect(inspection.histogram.reduce((sum, count) => sum + count)).toBe(60)
      expect(inspection.histogram[0]).toBeGreaterThan(0)
      expect(inspection.histogram.at(-1)).toBeGreaterThan(0)
    }
    // A leaky channel that is never open is not dead.
    expect(inspections['leakyRelu']).toMatchObject({ dead: [], neverOpen: [dead] })
    expect(x).toMatchObject({ count: 60, zeros: 0, min: Math.min(...values), max: Math.max(...values) })
  },
)

test.each(['F16', 'BF16'])(
  'a .safetensors of %s with NaN and Infinity: they are counted, and left out',
  async dtype => {
    // 1, -2, NaN, Infinity, -Infinity, -4: two channels, of which the second never opens but for NaN.
    const words =
      dtype === 'F16'
        ? [0x3c00, 0xc000, 0x7c00, 0x7e00, 0xfc00, 0xc400]
        : [0x3f80, 0xc000, 0x7f80, 0x7fc0, 0xff80, 0xc080]
    const header = {
      other: { dtype: 'I64', shape: [1], data_offsets: [0, 8] },
      layer: { dtype, shape: [3, 2], data_offsets: [8, 20] },
    }
    const data = new Uint8Array([...new Uint8Array(8), ...new Uint8Array(Uint16Array.from(words).buffer)])
    const path = file(`${dtype}.safetensors`, safetensors(header, data))
    const { layer, x, inspections } = await run(path, '--activations', 'relu,leakyRelu')
    expect(layer).toMatchObject({ tensor: 'layer', axis: 1, columns: { units: 2, rows: 3 } })
    expect(x).toMatchObject({ count: 6, nans: 1, infinities: 2, min: -4, max: 1 })
    expect(x.mean).toBeCloseTo(-5 / 3, 6)
    // PyTorch lets the gradient of NaN through relu, not through leakyRelu's gate.
    expect(inspections['relu']).toMatchObject({
      zeros: 3,
      zeroGradients: 3,
      nans: 1,
      infinities: 1,
      min: 0,
      max: 1,
      dead: [],
    })
    expect(inspections['relu']!.mean).toBe(1 / 4)
    expect(inspections['relu']!.histogram.reduce((sum, count) => sum + count)).toBe(4)
    expect(inspections['leakyRelu']).toMatchObject({ nans: 1, infinities: 2, dead: [], neverOpen: [1] })
  },
)

test('a tensor of one axis is one channel, unless the axis is named; a scalar is one', async () => {
  const path = file('bias.npy', npy(new Uint8Array(Float32Array.of(-1, 2, -3).buffer), '(3,)'))
  expect((await run(path)).inspections['relu']).toMatchObject({ zeros: 2, dead: [] })
  expect((await run(path, '--axis', '0')).inspections['relu']).toMatchObject({ dead: [0, 2], shut: [1, 0, 1] })
  const scalar = await run(file('scalar.npy', tensorFile('float64-scalar.npy')))
  expect(scalar.layer).toMatchObject({ axis: undefined, columns: { units: 1, rows: 1 } })
})

test('columns: each axis of a tensor, and the first rows of many', () => {
  const tensor = { values: Float32Array.from({ length: 60 }, (_, i) => i), shape: SHAPE }
  for (const axis of [0, 1, 2] as const) {
    const { values, units, rows, isCut } = columnsOf(tensor, axis)
    expect({ units, rows, isCut }).toEqual({ units: SHAPE[axis], rows: 60 / SHAPE[axis], isCut: false })
    for (const [i, index] of values.entries()) expect(placeOf(index)[axis]).toBe(i % units)
    expect(new Set(values).size).toBe(60)
  }
  expect(columnsOf(tensor, 1, 7)).toEqual({
    values: Float32Array.of(0, 5, 10, 1, 6, 11),
    units: 3,
    rows: 2,
    isCut: true,
  })
  expect(columnsOf(tensor, 2, 2)).toMatchObject({ values: Float32Array.of(0, 1, 2, 3, 4), rows: 1, isCut: true })
})

test('channels in words', () => {
  expect(listChannels([3])).toBe('3')
  expect(listChannels([0, 1, 5, 7, 8, 9])).toBe('0, 1, 5, 7 to 9')
  expect(listChannels([0, 2, 4, 5, 8], 2)).toBe('0, 2 and 3 more')
})

const model = fileURLToPath(new URL('../page/tensor-files/model.safetensors', import.meta.url))
const vector = fileURLToPath(new URL('../page/tensor-files/float64.npy', import.meta.url))

test.each([
  [[], 'The name of a .npy or a .safetensors is needed.'],
  [[model, vector], 'float64.npy": one file at a time.'],
  [['nowhere.npy'], 'FILE "nowhere.npy": there is no such file.'],
  [[folder], 'it is a folder, and a file is needed.'],
  [[model, '--axis', 'last'], '--axis "last": a whole number is needed.'],
  [[model, '--tensor', 'layers.0.weight', '--axis', '2'], '2 × 3, has the axes 0 to 1.'],
  [[model, '--tensor', 'layers.0.weight', '--axis', '-3'], '--axis -3: model.safetensors, layers.0.weight'],
  [[model, '--tensor', 'layers.0.bias', '--axis', '1'], 'has axis 0 alone.'],
  [[model, '--tensor', 'layers.0.scale', '--axis', '0'], 'has no axis.'],
  [[model, '--tensor', 'weight'], '--tensor "weight": in model.safetensors there is layers.0.'],
  [[model, '--tensor', 'layers.0.none'], 'model.safetensors has it as float32, 0 × 2, holds no values.'],
  [[vector, '--tensor', 'x'], 'float64.npy is a .npy, which holds one without a name.'],
  [[vector, '--activations', 'swooosh'], '--activations "swooosh": there is relu, leakyRelu'],
  [
    [vector, '--activations', 'relu,swiglu'],
    'gate and up, and this is one tensor: choose the activation of its gate, silu.',
  ],
  [[vector, '--alpha', 'much'], '--alpha "much": a number'],
  [[vector, '--activations', 'hardTanh', '--minValue', '2'], 'minValue'],
  [[vector, '--json', join(folder, 'none', 'x.json')], 'there is no such folder.'],
  [[vector, '--colour'], "Unknown option '--colour'."],
])('a wrong command line: %j', async (words, message) => {
  expect(await problemOf(UsageError, ...words)).toContain(message)
})

test.each([
  ['arrays.npz', tensorFile('arrays.npz'), 'arrays.npz is a zip of .npy files'],
  ['cut.npy', tensorFile('float64.npy').subarray(0, 150), 'cut.npy is cut short'],
  ['noise.bin', Buffer.from([0xff, 0xd8, 0xff, 0xe0, 1, 2, 3]), 'noise.bin is no .npy and no .safetensors.'],
  ['empty.npy', Buffer.alloc(0), 'empty.npy is empty.'],
])('a file that cannot be used: %s', async (name, bytes, message) => {
  expect(await problemOf(FileError, file(name, bytes))).toContain(message)
})

test('the command prints a table and writes JSON', { timeout: 60_000 }, () => {
  const values = withDeadChannel(2, 4)
  values[0] = NaN
  const path = file('layer.npy', npy(new Uint8Array(values.buffer), '(4, 3, 5)'))
  const json = join(folder, 'layer.json')
  const [, ...script] = packageJson.scripts.inspect.split(' ')
  const words = ['--import', 'tsx', ...script, path, '--activations', 'all', '--json', json]
  const { status, stdout, stderr } = spawnSync(process.execPath, words, {
    cwd: fileURLToPath(new URL('../..', import.meta.url)),
    encoding: 'utf8',
  })
  expect(stderr).toBe('')
  expect(status).toBe(0)
  expect(stdout).toMatch(/^layer\.npy, float32, 4 × 3 × 5: 5 channels along axis 2, 12 values each\n/)
  expect(stdout).toMatch(/^relu +[\d.]+% +[\d.]+% +1 +1 /m)
  expect(stdout).toMatch(/^relu: no gradient in any value of channel 4$/m)
  expect(stdout).toMatch(/^leakyRelu alpha=0\.01: never open, but with a gradient, in channel 4$/m)
  const written = JSON.parse(readFileSync(json, 'utf8')) as { activations: { activation: string; dead: number[] }[] }
  expect(written).toMatchObject({ file: 'layer.npy', shape: SHAPE, axis: 2, channels: 5, x: { count: 60, nans: 1 } })
  expect(written.activations).toHaveLength(LAB_CHOICES.length)
  expect(written.activations[0]).toMatchObject({
    activation: 'relu',
    parameters: {},
    nans: 1,
    dead: [4],
    neverOpen: [4],
  })
})
