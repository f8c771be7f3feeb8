import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { findChromium } from '../tools/chromium.ts'
import { ACTIVATION_NAMES } from '../../demo/state/choices.ts'
import { readOptions } from '../throughput/options.ts'
import { UsageError } from '../tools/command-line.ts'
import { PEER_NAMES, type PeerName } from '../../demo/state/peers.ts'
import { residencyOf } from '../../demo/rooms/throughput/report/report.ts'
import type { Environment, Row } from '../../demo/measure/rows.ts'
import { throughput, throughputIn } from './command.ts'
import { float32Bytes, npy } from './files.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughput-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

/** So that not every run builds it. */
const BUILT = ['--page', inject('page')]

/** As the JSON has it. */
type RatedRow = Row & { readonly ratio?: number }

test('measures, prints its table and writes the JSON', async () => {
  const json = join(folder, 'result.json')
  const file = join(folder, 'x.npy')
  writeFileSync(file, npy(float32Bytes([-1, 2, -3, NaN, Infinity, -0, 0]), '(7,)'))
  const words = [
    '--sizes',
    '1000',
    '--activations',
    'leakyRelu,relu',
    '--directions',
    'forward',
    '--input',
    file,
    '--json',
    json,
    '--adapter',
    'swiftshader',
    ...BUILT,
  ]
  const { status, stdout, stderr } = await throughput(...words)
  expect({ status, stderr }).toMatchObject({ status: 0 })
  expect(stderr).toContain('input x.npy, float32, 7')
  expect(stderr).toMatch(/^relu forward, cpu roundtrip, 1,000: [\d.]+ ms, [\d.]+ GB\/s, ✓ equal$/m)
  expect(stderr).toContain('The CPU computes in WebAssembly.')
  expect(stdout.trim().split('\n')).toHaveLength(15)

  const { environment, rows } = JSON.parse(readFileSync(json, 'utf8')) as { environment: Environment; rows: Row[] }
  expect(environment.adapter).toMatchObject({ vendor: 'google', isFallbackAdapter: true })
  expect(rows.map(row => [row.activation, row.processor, residencyOf(row), row.crossCheck.passed])).toEqual([
    ['copy', 'webgpu', 'resident', true],
    ['copyBufferToBuffer', 'webgpu', 'resident', true],
    ['relu', 'webgpu', 'resident', true],
    ['leakyRelu', 'webgpu', 'resident', true],
    ['relu', 'webgpu', 'roundtrip', true],
    ['leakyRelu', 'webgpu', 'roundtrip', true],
    ['set', 'cpu', 'roundtrip', true],
    ...['relu', 'leakyRelu'].flatMap(activation => [
      [activation, 'cpu', 'roundtrip', true],
      [activation, 'cpu', 'roundtrip, out', true],
      [activation, 'cpu', 'resident, in place', true],
    ]),
  ])
})

test('--peers: every library has its rows, each with a time, a clock and a ratio to ours', async () => {
  const json = join(folder, 'peers.json')
  const words = [
    '--sizes',
    '1000',
    '--activations',
    'relu',
    '--json',
    json,
    '--adapter',
    'swiftshader',
    ...BUILT,
    '--peers',
  ]
  const { status, stdout, stderr } = await throughput(...words)
  expect({ status, stderr }).toMatchObject({ status: 0 })
  expect(stderr).toMatch(/^tfjs-wasm relu forward, cpu resident, 1,000: [\d.]+ ms, [\d.]+ GB\/s, ✓ equal$/m)

  const { environment, rows } = JSON.parse(readFileSync(json, 'utf8')) as { environment: Environment; rows: RatedRow[] }
  expect(Object.keys(environment.peers ?? {})).toEqual(PEER_NAMES)
  for (const version of Object.values(environment.peers ?? {})) expect(version).toMatch(/^\d+\.\d+\.\d+/)
  for (const row of rows) {
    expect(row.crossCheck).toEqual({ elements: 1000, maxUlp: 0, passed: true })
    // The clock of a page ticks every 0.1 ms: a call of 1,000 elements may take none.
    expect(row.p5Ms).toBeGreaterThanOrEqual(0)
    expect(row.medianMs).toBeGreaterThanOrEqual(row.p5Ms!)
    expect(row.medianMs).toBeLessThanOrEqual(row.p95Ms!)
    if (row.library !== 'copy') expect(row.ratio).toBeGreaterThan(0)
  }
  expect(stdout.split('\n')[0]).toMatch(/\| clock .* × ours \|$/)

  const rowsOf = (library: PeerName) =>
    rows
      .filter(row => row.library === library)
      .map(row => `${row.activation} ${row.direction}, ${row.residency}, ${row.clock}`)
  const both = (names: readonly string[], directions: readonly string[], ways: readonly string[]) =>
    ways.flatMap(way => names.flatMap(name => directions.map(direction => `${name} ${direction}, ${way}`)))
  const all = ['forward', 'backward']
  const onGpu = ['resident, call to done', 'roundtrip, call to result']
  const onCpu = ['roundtrip, call to result', 'resident, call to result']
  expect(rowsOf('tfjs-webgpu')).toEqual(both(['relu'], all, onGpu))
  expect(rowsOf('ort-webgpu')).toEqual(both(['relu'], ['forward'], onGpu))
  expect(rowsOf('jax-js')).toEqual(both(['relu'], all, onGpu))
  expect(rowsOf('tfjs-wasm').toSorted()).toEqual(both(['relu'], all, onCpu).toSorted())
  expect(rowsOf('tfjs-cpu')).toEqual(both(['relu'], all, ['roundtrip, call to result']))
  expect(rowsOf('ort-wasm')).toEqual(both(['relu'], ['forward'], ['roundtrip, call to result']))
})

test('--peers takes a list, or none and means all', () => {
  const peersOf = (...words: string[]) => readOptions(words)?.state.peers
  expect(peersOf()).toEqual([])
  for (const words of [['--peers'], ['--peers', '--runs', '9'], ['--peers', 'all'], ['--runs', '9', '--peers']]) {
    expect(peersOf(...words)).toEqual(PEER_NAMES)
  }
  expect(peersOf('--peers', 'jax-js,ort-wasm,jax-js')).toEqual(['jax-js', 'ort-wasm'])
  expect(peersOf('--peers=tfjs-cpu')).toEqual(['tfjs-cpu'])
})

test('a file that is no input ends with status 1 and the reason', async () => {
  const file = join(folder, 'noise.png')
  writeFileSync(file, 'noise')
  const { status, stdout, stderr } = await throughput('--sizes', '16', '--input', file, ...BUILT)
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toContain('noise.png (of type image/png) is not a picture that this browser can read.')
})

test('a wrong command line is refused in one line that names it', () => {
  const wrong: [string[], string][] = [
    [['--size', '4'], "Unknown option '--size'"],
    [['--sizes', '4,huge'], '--sizes "huge": a size is a whole number from 1 to 67108864'],
    [['--activations', 'relu7'], '--activations "relu7": there is relu, leakyRelu, prelu, relu6, '],
    [['--processor', 'tpu'], '--processor "tpu": there is webgpu, cpu.'],
    [['--browser', 'safari'], '--browser "safari": there is chromium, firefox.'],
    [['--adapter', 'lavapipe'], '--adapter "lavapipe": there is swiftshader, hardware.'],
    [['--browser', 'firefox', '--adapter', 'swiftshader'], '--adapter "swiftshader": there is lavapipe, hardware.'],
    [['--peers', 'numpy'], '--peers "numpy": there is tfjs-webgpu, ort-webgpu, jax-js, tfjs-wasm, tfjs-cpu, ort-wasm.'],
    [['--runs', '2'], '--runs "2": a whole number from 9 to 999 is needed.'],
    [['--input', join(folder, 'absent.png')], 'absent.png": there is no such file.'],
    [['--input', folder], 'it is a folder, and a file is needed.'],
    [['--alpha', '-1e39'], '--alpha "-1e39": a number from -3.4e38 to 3.4e38 is needed.'],
    [['--activations', 'celu', '--alpha', '0'], '--alpha "0": a number from 1e-30 to 1e30 is needed.'],
    [['--relu.alpha', '1'], "Unknown option '--relu.alpha'"],
    [['--gelu.approximate', 'exact'], '--gelu.approximate "exact": there is none, tanh.'],
    [['--json'], '--json'],
    [['--json', folder], 'it is a folder, and a file is needed.'],
    [['--json', join(folder, 'absent/')], 'it is a folder, and a file is needed.'],
    [['--json', join(folder, 'a'.repeat(300))], 'ENAMETOOLONG'],
    [['--json', join(folder, 'absent', 'a.json')], 'a.json": there is no such folder.'],
    [['--page', folder], '": there is no page in it.'],
    [['stray'], 'stray'],
  ]
  for (const [words, message] of wrong) {
    const refused = (): unknown => readOptions(words)
    expect(refused).toThrow(UsageError)
    expect(refused).toThrow(message)
    expect(refused).toThrow(/^[^\n]+$/)
  }
})

test('and ends the command with status 2', async () => {
  const { status, stdout, stderr } = await throughput('--size', '4')
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' })
  expect(stderr).toMatch(/^Unknown option '--size'[^\n]*See npm run throughput -- --help\n$/)
})

test('a negative number is a value', () => {
  expect(readOptions(['--alpha', '-0.5'])?.state.parameters).toMatchObject({ leakyRelu: { alpha: -0.5 } })
  expect(readOptions(['--hardTanh.minValue', '-.5', '--runs', '11'])?.state).toMatchObject({
    parameters: { hardTanh: { minValue: -0.5, maxValue: 1 } },
    runs: 11,
  })
})

test('activations and their parameters: some, or all', () => {
  const { activations, parameters } = readOptions([
    '--activations',
    'elu,gelu',
    '--alpha=2',
    '--approximate=tanh',
  ])!.state
  expect(activations).toEqual(['elu', 'gelu'])
  expect(parameters).toMatchObject({ elu: { alpha: 2 }, gelu: { approximate: 'tanh' }, leakyRelu: { alpha: 0.01 } })
  expect(readOptions(['--activations', 'all'])?.state.activations).toEqual(ACTIVATION_NAMES)
})

test('what is no regular file is called by its kind, and no JSON is made before the run', () => {
  if (existsSync('/dev/null')) expect(() => readOptions(['--input', '/dev/null'])).toThrow('it is a device')
  expect(() => readOptions(['--json', ''])).toThrow('the name of a file is needed')
  const json = join(folder, 'later.json')
  expect(readOptions(['--json', json])?.json).toBe(json)
  expect(existsSync(json)).toBe(false)
  writeFileSync(json, '', { mode: 0o444 })
  // An administrator may write anywhere.
  if (process.getuid?.() !== 0) expect(() => readOptions(['--json', json])).toThrow('permi')
})

test.skipIf(process.platform === 'win32')('without an adapter the CPU will do, unless WebGPU is named', async () => {
  const chromium = join(folder, 'chromium')
  const flags = '--disable-gpu --disable-software-rasterizer --use-webgpu-adapter=default'
  writeFileSync(chromium, `#!/bin/sh\nexec '${findChromium()}' "$@" ${flags}\n`, { mode: 0o755 })
  const words = ['--sizes', '16', '--activations', 'relu', '--directions', 'forward', '--adapter', 'hardware', ...BUILT]
  const [both, named] = await Promise.all(
    [[], ['--processor', 'webgpu,cpu']].map(more =>
      throughputIn({ ...process.env, CHROMIUM_PATH: chromium }, ...words, ...more),
    ),
  )
  for (const { stdout, stderr } of [both!, named!]) {
    expect(stdout.trim().split('\n')).toHaveLength(6)
    expect(stderr).toMatch(/^WebGPU was not measured: this browser found no GPU adapter\. The CPU alone was\.$/m)
  }
  expect([both!.status, named!.status]).toEqual([0, 1])
})

test('--help prints the options', async () => {
  const { status, stdout, stderr } = await throughput('--help')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  for (const option of [
    '--sizes',
    '--activations',
    '--alpha',
    '--minValue',
    '--processor',
    '--browser',
    '--peers',
    '--input',
    '--json',
    '--runs',
  ]) {
    expect(stdout).toContain(option)
  }
})
