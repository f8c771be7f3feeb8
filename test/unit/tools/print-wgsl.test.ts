import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { gelu, prelu, relu } from '../../../src/index.ts'
import { UsageError } from '../../tools/command-line.ts'
import { readOptions, USAGE } from '../../tools/print-wgsl-options.ts'

const root = fileURLToPath(new URL('../../..', import.meta.url))

function printWgsl(...words: readonly string[]) {
  const loader = ['--import', 'tsx', '--import', './test/tools/wgsl-loader.js']
  const command = [...loader, 'test/tools/print-wgsl.ts', ...words]
  const { status, stdout, stderr } = spawnSync(process.execPath, command, { cwd: root, encoding: 'utf8' })
  return { status, stdout, stderr }
}

test('the command prints what is compiled, the same from source and from a bundle', { timeout: 60_000 }, () => {
  const snapshot = new URL('../gpu/__snapshots__/relu-forward-f32.wgsl', import.meta.url)
  expect(printWgsl('relu', 'forward')).toEqual({ status: 0, stdout: readFileSync(snapshot, 'utf8'), stderr: '' })
})

test('the command prints the standalone source', { timeout: 60_000 }, () => {
  const { status, stdout } = printWgsl('elu', '--standalone', '--parameters', 'alpha=0.5')
  expect(stdout).toMatch(/^\/\/ webgpu-activations: elu\(\{ alpha: 0\.5 \}\)\n/)
  expect(stdout).toContain('fn elu_backward(x: f32, dy: f32) -> f32 {')
  expect(status).toBe(0)
})

test('a program that there is not is one line and status 2', { timeout: 60_000 }, () => {
  expect(printWgsl('gelu', 'backward', '--from', 'y')).toEqual({
    status: 2,
    stdout: '',
    stderr: `The gradient of ${gelu()} cannot be told from y. Keep x, and give it. See npm run wgsl -- --help\n`,
  })
})

test('options', () => {
  const plain = { format: 'f32', access: 'vectors', from: 'x' }
  expect(readOptions(['relu', 'forward'])).toMatchObject({ program: { direction: 'forward', choice: plain } })
  expect(String(readOptions(['relu', 'forward'])!.activation)).toBe(String(relu()))
  expect(readOptions(['relu', 'backward', '--from', 'mask', '--format=bf16', '--accumulate'])!.program).toMatchObject({
    direction: 'backward',
    choice: { format: 'bf16', from: 'mask', accumulate: true },
  })
  const slopes = readOptions(['prelu', 'forward', '--parameters', 'alpha=0.25,0.5,inner=2'])!.activation
  expect(String(slopes)).toBe(String(prelu({ alpha: [0.25, 0.5], inner: 2 })))
  expect(readOptions(['relu', 'forward', '--standalone'])!.program).toBeUndefined()
  expect(readOptions(['--help'])).toBeUndefined()
  expect(USAGE).toContain('npm run wgsl -- ACTIVATION DIRECTION')
})

test.each([
  [[], /^the activation is missing: there is celu, .*threshold\.$/],
  [['rule', 'forward'], /^the activation "rule": there is celu, .*threshold\.$/],
  [['relu'], 'the direction is missing: there is forward, backward.'],
  [['relu', 'sideways'], 'the direction "sideways": there is forward, backward.'],
  [['relu', 'forward', 'backward'], '"backward": one activation and one direction are needed.'],
  [['relu', 'forward', '--format', 'f8'], '--format "f8": there is f32, f16, bf16, i32.'],
  [['relu', 'forward', '--access', 'bytes'], '--access "bytes": there is vectors, words.'],
  [['relu', 'backward', '--from', 'z'], '--from "z": there is x, y, mask.'],
  [['relu', 'forward', '--from', 'y'], '--from does not go with forward.'],
  [['relu', 'forward', '--dbias'], '--dbias does not go with forward.'],
  [['relu', 'backward', '--mask'], '--mask does not go with backward.'],
  [['relu', '--standalone', '--format', 'f16'], '--format does not go with --standalone.'],
  [['relu', 'forward', '--form', 'f16'], /^Unknown option '--form': there is --parameters, --format, .*--help\.$/],
  [['relu', 'forward', '--format'], "Option '--format <value>' argument missing."],
  [['elu', 'forward', '--parameters', 'alpha'], '--parameters "alpha": a list such as alpha=0.5 is needed.'],
  [['elu', 'forward', '--parameters', 'beta=1'], /^--parameters: elu has no option "beta"\./],
  [['elu', 'forward', '--parameters', 'alpha=x'], /^--parameters: elu's alpha is "x"\./],
])('%j is refused', (words, message) => {
  const refused = (): unknown => readOptions(words)
  expect(refused).toThrow(UsageError)
  expect(refused).toThrow(message)
})
