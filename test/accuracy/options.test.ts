import { expect, test } from 'vitest'
import { readOptions, USAGE } from './options.ts'

test('without options: everything, on the processors that are the same everywhere, beside the peers', () => {
  expect(readOptions([])).toMatchObject({
    activations: undefined,
    directions: ['forward', 'backward'],
    processors: ['cpu', 'swiftshader', 'lavapipe'],
    peers: ['tfjs', 'ort', 'jax-js'],
    engines: [],
    named: false,
    exhaustive: undefined,
  })
  expect(readOptions(['--help'])).toBeUndefined()
})

test('other engines are measured where they are asked for', () => {
  expect(readOptions(['--engines', 'all'])?.engines).toEqual(['deno', 'firefox'])
  expect(readOptions(['--engines', 'firefox', '--processor', 'cpu'])).toMatchObject({
    engines: ['firefox'],
    processors: ['cpu'],
  })
})

test('activations have parameters, and may be gated pairs', () => {
  const options = readOptions(['--activations', 'relu,elu-alpha=0.5,gelu-approximate=tanh,swiglu,threshold'])
  expect(options?.activations).toEqual([
    { name: 'relu', parameters: {} },
    { name: 'elu', parameters: { alpha: 0.5 } },
    { name: 'gelu', parameters: { approximate: 'tanh' } },
    { name: 'swiglu', parameters: {} },
    { name: 'threshold', parameters: { threshold: 0.1, value: 20 } },
  ])
})

test('an exhaustive run is on the CPU and the software drivers, or what is named', () => {
  const relu = { name: 'relu', parameters: {} }
  expect(readOptions(['--exhaustive', 'relu'])).toMatchObject({
    exhaustive: [relu],
    processors: ['cpu', 'swiftshader', 'lavapipe'],
  })
  const names = readOptions(['--exhaustive', 'all'])!.exhaustive!.map(({ name }) => name)
  expect(names).toEqual(expect.arrayContaining(['relu', 'prelu', 'threshold', 'gelu']))
  expect(names).not.toContain('swiglu')
  expect(readOptions(['--exhaustive', 'relu', '--processor', 'cpu', '--direction', 'forward'])).toMatchObject({
    processors: ['cpu'],
    directions: ['forward'],
    named: true,
  })
})

test('the functions of definitions are on the software drivers, or what is named', () => {
  expect(readOptions(['--functions'])).toMatchObject({ functions: true, processors: ['swiftshader', 'lavapipe'] })
  expect(readOptions(['--functions', '--processor', 'gpu'])).toMatchObject({ processors: ['gpu'] })
  expect(() => readOptions(['--functions', '--processor', 'cpu'])).toThrow('--processor "cpu"')
})

test.each([
  [['--activations', 'nope'], 'there is no activation "nope".'],
  [['--activations', 'constructor'], 'there is no activation "constructor".'],
  [['--activations', 'createKernels'], 'there is no activation "createKernels".'],
  [['--activations', 'elu-alpha=Infinity'], "elu's alpha is Infinity."],
  [['--activations', 'relu-alpha=1'], 'relu has no option'],
  [['--exhaustive', 'swiglu'], 'swiglu is a gated pair'],
  [['--processor', 'tpu'], '--processor "tpu": there is cpu, swiftshader, lavapipe, gpu.'],
  [['--engines', 'webkit'], '--engines "webkit": there is deno, firefox.'],
  [['--functions', '--engines', 'all'], '--engines does not go with --functions.'],
  [['--peers', 'numpy'], '--peers "numpy": there is tfjs, ort, jax-js.'],
  [['--direction', 'sideways'], 'there is forward, backward.'],
  [['--json', '/'], 'the name of a file'],
  [['--write', 'README.md'], '<!-- begin accuracy -->'],
  [['--exhaustive', 'relu', '--write', 'README.md'], '<!-- begin exhaustive -->'],
  [['--exhaustive', 'relu', '--processor', 'gpu,lavapipe'], 'hide gpu'],
  [['--table'], '--table goes with --exhaustive only.'],
  [['--functions', '--write', 'docs/accuracy.md'], '--write does not go with --functions.'],
  [['--restart'], '--restart goes with --exhaustive only.'],
  [['--exhaustive', 'relu', '--peers', 'ort'], '--peers does not go with --exhaustive.'],
  [['--functions', '--activations', 'relu'], '--activations does not go with --functions.'],
  [['--exhaustive', 'relu', '--functions'], '--functions does not go with --exhaustive.'],
  [['--frobnicate'], "Unknown option '--frobnicate'"],
])('%j is refused', (words, message) => {
  expect(() => readOptions(words)).toThrow(message)
})

test('the usage names every option', () => {
  for (const option of [
    'activations',
    'processor',
    'engines',
    'peers',
    'exhaustive',
    'state',
    'restart',
    'json',
    'markdown',
    'write',
  ]) {
    expect(USAGE).toContain(`--${option}`)
  }
})
