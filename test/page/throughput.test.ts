import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { Environment, Row } from '../../demo/rows.ts'
import { float32Bytes, npy } from './files.ts'

let folder: string
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'throughput-'))
})
afterAll(() => rmSync(folder, { recursive: true }))

interface Result {
  status: number | null
  stdout: string
  stderr: string
}

function throughput(...options: string[]): Promise<Result> {
  const script = fileURLToPath(new URL('../../demo/throughput.ts', import.meta.url))
  const child = spawn(process.execPath, ['--import', 'tsx', script, ...options])
  const result: Result = { status: null, stdout: '', stderr: '' }
  child.stdout.on('data', data => (result.stdout += String(data)))
  child.stderr.on('data', data => (result.stderr += String(data)))
  return new Promise((resolve, reject) => {
    child.on('error', reject)
    child.on('close', status => resolve({ ...result, status }))
  })
}

test('measures, prints its table and writes the JSON', async () => {
  const json = join(folder, 'result.json')
  const file = join(folder, 'x.npy')
  writeFileSync(file, npy(float32Bytes([-1, 2, -3, NaN, Infinity, -0, 0]), '(7,)'))
  const words = [
    '--sizes',
    '1000',
    '--directions',
    'forward',
    '--input',
    file,
    '--json',
    json,
    '--adapter',
    'swiftshader',
  ]
  const { status, stdout, stderr } = await throughput(...words)
  expect({ status, stderr }).toMatchObject({ status: 0 })
  expect(stderr).toContain('input x.npy, float32, 7')
  expect(stderr).toMatch(/^relu forward, cpu roundtrip, 1,000: [\d.]+ ms, [\d.]+ GB\/s, ✓ equal$/m)
  expect(stdout.trim().split('\n')).toHaveLength(9)

  const { environment, rows } = JSON.parse(readFileSync(json, 'utf8')) as { environment: Environment; rows: Row[] }
  expect(environment.adapter).toMatchObject({ vendor: 'google', isFallbackAdapter: true })
  expect(rows.map(row => [row.activation, row.processor, row.residency, row.crossCheck.passed])).toEqual([
    ['copy', 'webgpu', 'resident', true],
    ['relu', 'webgpu', 'resident', true],
    ['leakyRelu', 'webgpu', 'resident', true],
    ['relu', 'webgpu', 'roundtrip', true],
    ['leakyRelu', 'webgpu', 'roundtrip', true],
    ['relu', 'cpu', 'roundtrip', true],
    ['leakyRelu', 'cpu', 'roundtrip', true],
  ])
})

test('a file that is no input ends with status 1 and the reason', async () => {
  const file = join(folder, 'noise.png')
  writeFileSync(file, 'noise')
  const { status, stdout, stderr } = await throughput('--sizes', '16', '--input', file)
  expect({ status, stdout }).toEqual({ status: 1, stdout: '' })
  expect(stderr).toContain('noise.png (of type image/png) is not a picture that this browser can read.')
})

test('a wrong command line ends with status 2 and one line that names it', async () => {
  const wrong: [string[], string][] = [
    [['--size', '4'], "Unknown option '--size'"],
    [['--sizes', '4,huge'], '--sizes "huge": a size is a whole number from 1 to 67108864'],
    [['--activations', 'selu'], '--activations "selu": there is relu, leakyRelu.'],
    [['--processor', 'tpu'], '--processor "tpu": there is webgpu, cpu.'],
    [['--runs', '2'], '--runs "2": a whole number from 9 to 999 is needed.'],
    [['--input', join(folder, 'absent.png')], 'absent.png": there is no such file.'],
    [['--json'], '--json'],
    [['--json', join(folder, 'absent', 'a.json')], 'a.json": there is no such folder.'],
    [['stray'], 'stray'],
  ]
  const results = await Promise.all(wrong.map(([words]) => throughput(...words)))
  for (const [i, { status, stdout, stderr }] of results.entries()) {
    const [words, message] = wrong[i]!
    expect({ words, status, stdout }).toEqual({ words, status: 2, stdout: '' })
    expect(stderr).toContain(message)
    expect(stderr).toMatch(/^[^\n]+See npm run throughput -- --help\n$/)
  }
})

test('--help prints the options', async () => {
  const { status, stdout, stderr } = await throughput('--help')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  for (const option of ['--sizes', '--activations', '--processor', '--input', '--json', '--runs']) {
    expect(stdout).toContain(option)
  }
})
