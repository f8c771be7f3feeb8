import { describe, expect, test } from 'vitest'
import {
  type ErrorCode,
  geglu,
  gelu,
  hardSigmoid,
  InputError,
  isGlu,
  leakyRelu,
  prelu,
  relu,
  silu,
  swiglu,
  sigmoid,
  threshold,
  wgsl,
} from '../../src/index.ts'
import { declarationsOf, neededBy, renamed } from '../../src/wgsl/source.ts'
import { make, readId } from '../accuracy/subjects.ts'
import { makerNames } from '../support/maker-names.ts'

const some = [
  ...makerNames.map(name => make(readId(name))),
  threshold({ threshold: 0, value: -0 }),
  gelu({ approximate: 'tanh' }),
  geglu({ approximate: 'tanh' }),
  leakyRelu({ alpha: 0 }),
  threshold({ threshold: 1, value: -Infinity }),
  hardSigmoid({ alpha: -0.3 }),
  prelu({ alpha: Float32Array.of(0.1, 0.2) }),
]
const activations = [
  ...some.map(activation => ({ activation, options: {} })),
  ...some.map(activation => ({ activation, options: { lanes: 4 } as const })),
  ...some
    .filter(activation => !isGlu(activation) && activation.derivativeFromY !== undefined)
    .map(activation => ({ activation, options: { lanes: 4, from: 'y' } as const })),
].map(given => ({ ...given, call: String(given.activation) }))

/** What a source declares: its lines are indented, but for module scope. */
function declaredIn(source: string): string[] {
  const lines = source.split('\n').filter(line => /^[^\s/}]/.test(line))
  return lines.map(line => /^(?:const|fn|struct|var<private>) (\w+)/.exec(line)?.[1] ?? line)
}

describe.each(activations)('$call $options', ({ activation, options, call }) => {
  const { name } = activation
  const source = wgsl(activation, options)

  test('says what it is, and nothing else', () => {
    expect(source.split('\n')[0]).toBe(`// webgpu-activations: ${call}`)
    expect(source.match(/\/\/|\/\*/g)).toHaveLength(1)
  })

  test('declares its two functions, and prefixed names that they need', () => {
    const declared = declaredIn(source)
    const inner = declared.filter(word => word !== name && word !== `${name}_backward`)
    expect(declared.length - inner.length).toBe(2)
    expect(new Set(declared).size).toBe(declared.length)
    const usesOf = (word: string): number => source.split(new RegExp(`\\b${word}\\b`)).length - 1
    expect(inner.filter(word => !word.startsWith(`${name}_`) || usesOf(word) < 2)).toEqual([])
  })

  test('binds nothing, and leaves no name of a kernel behind', () => {
    expect(source).not.toMatch(/@/)
    expect(source).not.toMatch(
      /\b(?:Float|Bits|SignedBits|Flags|forward|backward|careful|any_needs_exact|parameters|words)\b/,
    )
  })

  test('takes another name for all of it', () => {
    const [, ...lines] = wgsl(activation, { ...options, name: 'F_1' }).split('\n')
    const [, ...expected] = source.split('\n')
    expect(lines).toEqual(expected.map(line => line.replace(new RegExp(`\\b${name}(?=_|\\()`, 'g'), 'F_1')))
  })

  test('calls nothing that may be hidden by a name', () => {
    const [, ...lines] = source.split('\n')
    const called = [...lines.join('\n').matchAll(/\b([a-zA-Z]\w*)[(<]/g)].map(([, word]) => word!)
    const foreign = called.filter(word => word !== name && !word.startsWith(`${name}_`))
    expect(foreign).not.toEqual([])
    expect(foreign.filter(word => codeOf(() => wgsl(relu(), { name: word })) !== 'invalid-parameter')).toEqual([])
  })
})

test('signatures', () => {
  expect(wgsl(gelu())).toContain('fn gelu(x: f32) -> f32 {')
  expect(wgsl(gelu())).toContain('fn gelu_backward(x: f32, dy: f32) -> f32 {')
  expect(wgsl(swiglu())).toContain('fn swiglu(gate: f32, up: f32) -> f32 {')
  expect(wgsl(swiglu())).toContain('fn swiglu_backward(gate: f32, up: f32, dy: f32) -> vec2<f32> {')
  expect(wgsl(prelu())).toContain('fn prelu(x: f32) -> f32 {')
  const slopes = wgsl(prelu({ alpha: Float32Array.of(0.1, 0.2) }))
  expect(slopes).toContain('fn prelu(x: f32, slope: f32) -> f32 {')
  expect(slopes).toContain('fn prelu_backward(x: f32, dy: f32, slope: f32) -> f32 {')
})

test('signatures of four lanes', () => {
  const source = wgsl(gelu(), { lanes: 4 })
  expect(source).toContain('fn gelu(x: vec4<f32>) -> vec4<f32> {')
  expect(source).toContain('fn gelu_backward(x: vec4<f32>, dy: vec4<f32>) -> vec4<f32> {')
  const pair = wgsl(swiglu(), { lanes: 4, name: 'gated' })
  expect(pair).toContain('fn gated(gate: vec4<f32>, up: vec4<f32>) -> vec4<f32> {')
  expect(pair).toMatch(/fn gated_backward\(gate: vec4<f32>, up: vec4<f32>, dy: vec4<f32>\) -> gated_Gradients {/)
  expect(pair).toMatch(/struct gated_Gradients {\s+dGate: vec4<f32>,\s+dUp: vec4<f32>,\s+}/)
  const slopes = wgsl(prelu({ alpha: [0.1, 0.2] }), { lanes: 4 })
  expect(slopes).toContain('fn prelu_backward(x: vec4<f32>, dy: vec4<f32>, slope: vec4<f32>) -> vec4<f32> {')
})

test('signatures of gradients from y', () => {
  expect(wgsl(sigmoid(), { from: 'y' })).toContain('fn sigmoid_backward(y: f32, dy: f32) -> f32 {')
  expect(wgsl(leakyRelu(), { from: 'y', lanes: 4 })).toContain(
    'fn leakyRelu_backward(y: vec4<f32>, dy: vec4<f32>) -> vec4<f32> {',
  )
  expect(wgsl(prelu({ alpha: [0.1, 0.2] }), { from: 'y' })).toContain(
    'fn prelu_backward(y: f32, dy: f32, slope: f32) -> f32 {',
  )
  expect(wgsl(gelu(), { from: 'x', lanes: 1 })).toBe(wgsl(gelu()))
})

test('parameters are written by their bits', () => {
  expect(wgsl(leakyRelu({ alpha: 0.1 }))).toContain('0x1.99999ap-4f')
  expect(wgsl(leakyRelu({ alpha: 2 ** -149 }))).toContain('0x0.000002p-126f')
  expect(wgsl(threshold({ threshold: -0, value: 1 }))).toContain('0x80000000u, 0x3f800000u')
})

function codeOf(call: () => unknown): ErrorCode | undefined {
  try {
    call()
  } catch (error) {
    if (error instanceof InputError) return error.code
  }
  return undefined
}

describe('refuses', () => {
  test.each(['', 'my gelu', 'my-gelu', '2gelu', '_gelu', '__gelu', 'gélu', 'gelu()', 'a\n', 5, null, {}])(
    'the name %j',
    name => {
      expect(codeOf(() => wgsl(gelu(), { name } as never))).toBe('invalid-parameter')
    },
  )

  // A keyword, reserved words, a type and a builtin in use.
  test.each(['while', 'fn', 'true', 'yield', 'NULL', 'partition', 'active', 'f32', 'vec2', 'select', 'bitcast'])(
    'the name %s, which is a word of WGSL',
    name => {
      expect(codeOf(() => wgsl(gelu(), { name }))).toBe('invalid-parameter')
      expect(() => wgsl(gelu(), { name })).toThrow(name)
    },
  )

  test('other options', () => {
    expect(codeOf(() => wgsl(gelu(), { prefix: 'my' } as never))).toBe('unknown-option')
    expect(codeOf(() => wgsl(gelu(), 'my' as never))).toBe('invalid-argument')
    expect(codeOf(() => wgsl(gelu(), null as never))).toBe('invalid-argument')
  })

  test.each([0, 2, 8, '4', null, NaN])('lanes: %j', lanes => {
    expect(codeOf(() => wgsl(gelu(), { lanes } as never))).toBe('invalid-parameter')
    expect(() => wgsl(gelu(), { lanes } as never)).toThrow(/lanes.*1 or 4/)
  })

  test.each(['mask', 'Y', 1, null])('from: %j', from => {
    expect(codeOf(() => wgsl(relu(), { from } as never))).toBe('invalid-parameter')
    expect(() => wgsl(relu(), { from } as never)).toThrow(/from.*"x" or "y"/)
  })

  test.each([gelu(), silu(), leakyRelu({ alpha: -0.1 }), prelu({ alpha: [1, -1] }), swiglu()])(
    'the gradient of %s from y',
    activation => {
      expect(codeOf(() => wgsl(activation, { from: 'y' }))).toBe('invalid-parameter')
    },
  )

  test('an activation that was not made here', () => {
    for (const activation of [undefined, null, 'gelu', gelu, { ...silu() }, { ...swiglu() }]) {
      expect(codeOf(() => wgsl(activation as never))).toBe('invalid-argument')
    }
  })
})

describe('moving declarations', () => {
  const module = `
// A comment with fn power() { in it.
alias Float = f32;
const LARGE = 0x1.8p+12; const UNUSED = 1.5e3; // power
@group(0) @binding(0) var<storage, read> power: array<u32>;
struct Power {
  // Members.
  power: Float,
  LARGE: vec2<Float>,
}
fn square(x: Float) -> Float { if (x > 1.0) { return x * x; } return LARGE; }
fn power(x: Float) -> Power {
  let square = square(x);
  return Power(square, vec2(square, 0x1p-2));
}
fn root(e: Float) -> Float { return power(e).power + power(e).LARGE.x; }
`
  const declarations = declarationsOf(module)
  const written = (name: string, names: Record<string, string>): string =>
    renamed(declarations.get(name)!, new Map(Object.entries(names)))

  test('finds them by their names, the last of each', () => {
    expect([...declarations.keys()]).toEqual(['Float', 'LARGE', 'UNUSED', 'power', 'Power', 'square', 'root'])
    expect(written('LARGE', {})).toBe('const LARGE = 0x1.8p+12;')
    expect(written('power', {})).toMatch(/^fn power/)
  })

  test('follows what they need', () => {
    expect(neededBy(['square'], declarations)).toEqual(new Set(['square', 'Float', 'LARGE']))
    expect(neededBy(['root'], declarations)).toEqual(new Set(['root', 'Float', 'power', 'Power', 'square', 'LARGE']))
  })

  test('renames no members, no components and no numbers', () => {
    const names = { power: 'a_power', Power: 'a_Power', LARGE: 'a_LARGE', x: 'b', e: 'c', p: 'd', square: 'a_square' }
    expect(written('root', names)).toBe('fn root(c: Float) -> Float { return a_power(c).power + a_power(c).LARGE.x; }')
    expect(written('Power', names).split(/\s+/)).toEqual(
      'struct a_Power { power: Float, LARGE: vec2<Float>, }'.split(' '),
    )
    expect(written('power', names)).toContain('let a_square = a_square(b);')
    expect(written('power', names)).toContain('0x1p-2')
  })
})
