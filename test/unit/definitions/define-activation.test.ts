import { describe, expect, test } from 'vitest'
import { allGlus } from '../../activations/lookup.ts'
import {
  type ActivationDefinition,
  createDispatcher,
  defineActivation,
  DefinitionError,
  defineGlu,
  mish,
  prelu,
} from '../../../src/index.ts'
import { mishRamp, leakyCap } from '../../support/definitions.ts'
import { makerNames } from '../../support/maker-names.ts'

// What a definition may be, and what is refused when it is made: nothing of it is registered then.

type Given = ActivationDefinition<Readonly<Record<string, number | undefined>>>

let count = 0
const identity = 'fn forward(x: Float) -> Float { return x; }\nfn backward(x: Float, dy: Float) -> Float { return dy; }'
const right = (): Given => ({
  name: `own${count++}`,
  wgsl: identity,
  reference: { forward: x => x, derivative: () => 1 },
})
/** Defines an identity with other parts, whose types may be wrong. */
const define = (parts: Readonly<Record<string, unknown>>): unknown => defineActivation({ ...right(), ...parts })

function refusalOf(parts: Readonly<Record<string, unknown>>): DefinitionError {
  try {
    define(parts)
  } catch (error) {
    expect(error).toBeInstanceOf(DefinitionError)
    expect((error as DefinitionError).code).toBe('invalid-definition')
    expect((error as DefinitionError).fix).toMatch(/^[A-Z].*\.$/)
    return error as DefinitionError
  }
  throw new Error('It was taken.')
}

test('a definition makes activations like those of this library', () => {
  expect(String(mishRamp())).toBe('mishRamp()')
  expect(mishRamp.name).toBe('mishRamp')
  expect(leakyCap({ cap: 0.1 }).toJSON()).toEqual({
    name: 'leakyCap',
    parameters: { cap: Math.fround(0.1), slope: 0.125 },
  })
  expect(() => leakyCap({ cap: NaN })).toThrow("leakyCap's cap is NaN.")
  expect(() => leakyCap({ slop: 1 } as object)).toThrow('leakyCap has no option "slop".')
  expect(() => leakyCap({ slope: -1 })).toThrow(new RangeError("leakyCap's slope is -1"))
  expect(() => defineActivation({ ...right(), parameters: { alpha: undefined } })()).toThrow(/was given no alpha/)
})

test('later changes to the definition change nothing', () => {
  const definition = right() as { reference: { forward: (x: number) => number } } & Given
  const make = defineActivation(definition)
  definition.reference.forward = x => 2 * x
  expect(make().reference.forward(3)).toBe(3)
})

test('on the CPU the reference computes it, and the report says so', async () => {
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  expect(dispatcher.report.cpu).toMatchObject({ path: 'wasm', inJavaScript: [] })
  expect(await dispatcher.forward(mishRamp(), Float32Array.of(-3, -1, NaN, 2))).toEqual(
    Float32Array.of(0, -0.5, NaN, 2),
  )
  expect(dispatcher.report.cpu.inJavaScript).toEqual(['mishRamp forward'])
  dispatcher.destroy()
})

describe('names', () => {
  test.each([undefined, 1, '', '1a', 'a-b', '_a', 'a'.repeat(42), 'naïve'])('%j is none', name => {
    expect(refusalOf({ name }).message).toMatch(/^defineActivation's name is /)
  })

  test.each([...makerNames, 'fn', 'array', 'step', 'min', 'Float', 'exp', 'select', 'geluTanh'])(
    '%s is taken',
    name => {
      expect(refusalOf({ name }).message).toMatch(/, a (?:function of this library|word of WGSL or of this library)\./)
      expect(() => defineGlu({ name, activation: mish })).toThrow(DefinitionError)
    },
  )

  test('the same definition may come twice, and another of its name may not', () => {
    const again = { ...right(), name: 'twice' }
    expect(defineActivation(again)).not.toBe(defineActivation(again))
    expect(refusalOf({ name: 'twice', wgsl: `${identity} ` }).message).toMatch(/twice for another definition before/)
    expect(() => defineGlu({ name: 'twice', activation: mish })).toThrow(DefinitionError)
  })

  test('a refused definition leaves its name to others', () => {
    refusalOf({ name: 'refused', wgsl: 'fn' })
    refusalOf({ name: 'refused', reference: { forward: (x: number) => x, derivative: () => 2 } })
    expect(String(defineActivation({ ...right(), name: 'refused' })())).toBe('refused()')
  })
})

describe('WGSL', () => {
  const forward = 'fn forward(x: Float) -> Float { return x; }'
  const backward = 'fn backward(x: Float, dy: Float) -> Float { return dy; }'
  test.each([
    ['no text', undefined, undefined, /is undefined/],
    ['nothing', ' \n', undefined, /is " \\n"/],
    ['no forward', backward, undefined, /has no fn forward\(Float\) -> Float/],
    ['no backward', forward, undefined, /has no fn backward\(Float, Float\) -> Float/],
    [
      'another signature',
      `${forward}\nfn backward(x: Float) -> Float { return x; }`,
      [2, 4],
      /has fn backward\(Float\) -> Float/,
    ],
    ['another type', `fn forward(x: vec4<f32>) -> Float { return x; }\n${backward}`, [1, 4], /has fn forward/],
    ['a binding', `@group(0) @binding(0) var<storage> a: array<u32>;\n${identity}`, [1, 1], /has @ at module scope/],
    ['an entry point', `${identity}\n@compute @workgroup_size(1) fn main() {}`, [3, 1], /has @ at module scope/],
    [
      'an attribute inside',
      `${forward}\nfn backward(x: Float, @builtin(position) dy: Float) -> Float { return dy; }`,
      [2, 4],
      /has fn backward/,
    ],
    ['a variable at module scope', `var<private> a: f32;\n${identity}`, [1, 1], /has var at module scope/],
    ['workgroup memory', `${identity}\nvar<workgroup> a: f32;`, [3, 1], /has var at module scope/],
    ['an extension', `enable f16;\n${identity}`, [1, 1], /has enable at module scope/],
    ['an override', `override a: f32 = 1;\n${identity}`, [1, 1], /has override at module scope/],
    [
      'memory of a program',
      `fn forward(x: Float) -> Float { return x + f32(array_0[0].x); }\n${backward}`,
      [1, 48],
      /has array_0/,
    ],
    [
      'a function of a program',
      `fn forward(x: Float) -> Float { store(0u, x); return x; }\n${backward}`,
      [1, 33],
      /has store/,
    ],
    [
      'a barrier',
      `fn forward(x: Float) -> Float {\n  workgroupBarrier(); return x; }\n${backward}`,
      [2, 3],
      /has workgroupBarrier/,
    ],
    [
      'a derivative between invocations',
      `fn forward(x: Float) -> Float { return dpdx(x); }\n${backward}`,
      [1, 40],
      /has dpdx/,
    ],
    [
      'a length of memory',
      `fn forward(x: Float) -> Float { return x * f32(arrayLength(&x)); }\n${backward}`,
      [1, 48],
      /has arrayLength/,
    ],
    ['discard', `fn forward(x: Float) -> Float { discard; }\n${backward}`, [1, 33], /has discard/],
    ['a pointer', `fn f(p: ptr<function, f32>) {}\n${identity}`, [1, 9], /has ptr/],
    [
      'an address space',
      `fn forward(x: Float) -> Float { var<function> y = x; return y; }\n${backward}`,
      [1, 33],
      /has var<>/,
    ],
    [
      'a name that is nowhere',
      `// expp\nfn forward(x: Float) -> Float {\n  return /* here: */ expp(x);\n}\n${backward}`,
      [3, 22],
      /has expp/,
    ],
    [
      'a parameter that is nowhere',
      `fn forward(x: Float) -> Float { return parameters.alpha * x; }\n${backward}`,
      [1, 51],
      /names no parameter/,
    ],
    [
      'a name of this library',
      `fn exponential(x: Float) -> Float { return x; }\n${identity}`,
      [1, 4],
      /declares exponential/,
    ],
    ['a name twice', `const a = 1;\nconst a = 2;\n${identity}`, [2, 7], /declares a twice/],
    ['an entry that is no function', `const is_open = 1;\n${identity}`, [1, 7], /has no fn of is_open/],
    ['no end', `${forward}\nfn backward(x: Float, dy: Float) -> Float { return dy;`, [2, 1], /without an end/],
    ['a bracket too many', `${identity} }`, [2, 58], /has } at module scope/],
    ['a comment without an end', `${identity} /* /* */`, [2, 58], /a comment without an end/],
    [
      'letters beyond ASCII',
      `fn forward(x: Float) -> Float { let é = x; return é; }\n${backward}`,
      [1, 37],
      /has the character/,
    ],
  ] as const)('%s', (_, wgsl, place, message) => {
    const error = refusalOf({ wgsl })
    expect(error.message).toMatch(message)
    expect([error.line, error.column]).toEqual(place ?? [undefined, undefined])
    if (place !== undefined) expect(error.message).toContain(`(line ${place[0]}, column ${place[1]})`)
  })

  test('with helpers, constants, structs, loops, locals of any name, comments and numbers of every kind', () => {
    const wgsl = `
      /* a comment /* in a comment */ */
      alias Pair = vec2<f32>;
      const HALF = 0x1p-1f; // half
      struct Parts { whole: Float, rest: Float, }
      fn parts_of(x: Float) -> Parts { return Parts(floor(x), x - floor(x)); }
      fn forward(x: Float) -> Float {
        var scale = Float(0);
        for (var i = 0u; i < 3u; i++) { scale += Float(1e0) * HALF; }
        let parts = parts_of(x);
        let pack = exp(-abs(parts.rest));
        if (parameters . alpha > .5) { return pack * scale; }
        return x;
      }
      fn backward(x: Float, dy: Float,) -> Float { return dy; }`
    expect(() => define({ wgsl, parameters: { alpha: 1 } })).not.toThrow()
  })

  test('a gate without a slope needs no backward, and one with a slope needs all', () => {
    const gate = { isOpen: (x: number) => x > 0 }
    const reference = { forward: (x: number) => Math.max(x, 0) }
    const open = 'fn is_open(x: Float) -> Flags { return x > Float(0); }'
    expect(() => define({ wgsl: `${forward}${open}`, gate, reference })).not.toThrow()
    expect(refusalOf({ wgsl: forward, gate, reference }).message).toMatch(/has no fn is_open/)
    const sloped = { ...gate, slope: () => 0 }
    expect(refusalOf({ wgsl: `${forward}${open}`, gate: sloped, reference }).message).toMatch(/has no fn backward/)
    expect(refusalOf({ wgsl: identity, derivativeFromY: () => 1 }).message).toMatch(/has no fn backward_from_y/)
  })
})

describe('references', () => {
  test.each([
    ['a sign', { forward: Math.tanh, derivative: (x: number) => Math.tanh(x) ** 2 - 1 }],
    ['a factor', { forward: (x: number) => x * x, derivative: (x: number) => x }],
    ['one part in 500', { forward: Math.sin, derivative: (x: number) => 1.002 * Math.cos(x) }],
    ['a tail', { forward: Math.exp, derivative: (x: number) => (x < -20 ? 0 : Math.exp(x)) }],
    ['a branch', { forward: (x: number) => (x > 0 ? x : 0.1 * x), derivative: (x: number) => (x > 0 ? 1 : 0) }],
  ])('a gradient that is wrong by %s is refused', (_, reference) => {
    expect(refusalOf({ reference }).message).toMatch(
      /reference.derivative is \S+ at x = \S+, where forward rises by \S+\./,
    )
  })

  test.each([
    ['kinks', { forward: (x: number) => Math.abs(x - 1), derivative: (x: number) => Math.sign(x - 1) }],
    ['steps', { forward: (x: number) => Math.floor(x), derivative: () => 0 }],
    ['large values', { forward: (x: number) => x ** 5 * 1e20, derivative: (x: number) => 5 * x ** 4 * 1e20 }],
    ['overflow', { forward: (x: number) => Math.exp(x * 100), derivative: (x: number) => 100 * Math.exp(x * 100) }],
  ])('%s are taken', (_, reference) => {
    expect(() => define({ reference })).not.toThrow()
  })

  test.each([
    [
      'throws',
      () => {
        throw new TypeError('no')
      },
      /threw an object of type Error for x = 0/,
    ],
    ['returns no number', () => '1', /returned "1" for x = 0/],
    ['returns NaN', (x: number) => Math.sqrt(x), /returned NaN for x = -\d/],
  ] as const)('one that %s is refused', (_, forward, message) => {
    const error = refusalOf({ reference: { forward, derivative: (x: number) => 0.5 / Math.sqrt(x) } })
    expect(error.message).toMatch(message)
    if (message.source.includes('threw')) expect(error.cause).toBeInstanceOf(TypeError)
  })

  test('the gradient is checked with the parameters of each call', () => {
    const make = defineActivation({
      ...right(),
      parameters: { alpha: 1 },
      reference: { forward: (x, { alpha }) => alpha * x, derivative: () => 1 },
    })
    expect(() => make({ alpha: 3 })).toThrow(/^own\d+\(\{ alpha: 3 \}\)'s reference.derivative is 1 at/)
    expect(() => make({ alpha: 1 })).not.toThrow()
  })
})

test.each([
  ['no object', { definition: 1 }, /knows no "definition"/],
  ['reference', { reference: undefined }, /was given undefined for reference/],
  ['forward', { reference: { derivative: () => 1 } }, /reference.forward is undefined/],
  ['derivative', { reference: { forward: (x: number) => x } }, /reference.derivative is undefined/],
  ['gate', { gate: {} }, /gate.isOpen is undefined/],
  ['gate that is none', { gate: 1 }, /was given 1 for gate/],
  ['check', { check: 1 }, /check is 1/],
  ['parameters', { parameters: [1] }, /parameters are Array\(1\)/],
  ['default', { parameters: { alpha: Infinity } }, /parameter alpha is Infinity/],
  ['default that is no number', { parameters: { alpha: '1' } }, /parameter alpha is "1"/],
  ['parameter', { parameters: { fn: 1 } }, /has a number named "fn"/],
  ['range', { range: 'wide' }, /range is "wide"/],
  ['five numbers', { parameters: { a: 1, b: 1, c: 1, d: 1, e: 1 } }, /has 5 uniforms/],
  ['numbers of the uniform', { uniforms: () => ({ d: '1' }) }, /uniforms returned "1"/],
  [
    'uniforms',
    {
      uniforms: () => {
        throw new Error('no')
      },
    },
    /uniforms threw/,
  ],
] as const)('a definition with a wrong part is refused: %s', (_, parts, message) => {
  expect(refusalOf(parts).message).toMatch(message)
})

test.each([undefined, null, 1, 'relu', []])('%j is no definition', definition => {
  expect(() => defineActivation(definition as unknown as Given)).toThrow(DefinitionError)
})

describe('gated units of own', () => {
  test('take options as their activation does', () => {
    const capped = defineGlu({ name: 'capped', activation: leakyCap })
    expect(String(capped({ cap: 3 }))).toBe('capped({ cap: 3, slope: 0.125 })')
    expect(capped.name).toBe('capped')
  })

  test.each([
    ['no activation', { name: 'none' }, /activation is undefined/],
    ['an activation itself', { name: 'itself', activation: mish() }, /activation is an object/],
    ['another option', { name: 'other', f: mish }, /has no option "f"/],
  ])('%s is refused', (_, given, message) => {
    expect(() => defineGlu(given as unknown as Parameters<typeof defineGlu>[0])).toThrow(message)
  })

  test('an activation of several slopes is refused, and what is none', () => {
    const sloped = defineGlu({ name: 'sloped', activation: prelu })
    expect(String(sloped({ alpha: 0.5 }))).toBe('sloped({ alpha: 0.5, inner: 1 })')
    expect(() => sloped({ alpha: [1, 2] })).toThrow(DefinitionError)
    const none = defineGlu({ name: 'noneAtAll', activation: () => 1 as never })
    expect(() => none()).toThrow("noneAtAll's activation made 1.")
  })

  test('no built-in one shares a program with it', () => {
    const names = [() => leakyCap(), () => prelu(), () => mish()].map((activation, i) => {
      return defineGlu({ name: `unit${i}`, activation })().programName
    })
    expect(new Set([...names, ...allGlus.map(({ name }) => name), 'leakyRelu', 'mish']).size).toBe(5 + allGlus.length)
  })
})
