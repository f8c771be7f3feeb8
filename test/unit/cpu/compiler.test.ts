import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { squaredRelu } from '../../../src/index.ts'
import { operationOf } from '../../../src/operations/operation.ts'
import { CompileError } from '../../../src/cpu/compiler/errors.ts'
import { Evaluator } from '../../../src/cpu/compiler/evaluator.ts'
import { Graph } from '../../../src/cpu/compiler/graph.ts'
import { parse } from '../../../src/cpu/compiler/syntax.ts'
import { kernelOf } from '../../../src/cpu/compiler/kernels.ts'
import type { Value } from '../../../src/cpu/compiler/values.ts'

const FILE = 'shaders/activations/squareplus.wgsl'

const types = {
  file: 'shaders/vector-width/vec4.wgsl',
  wgsl: `alias Float = vec4<f32>;
alias Bits = vec4<u32>;
struct Parts {
  high: Float,
}
fn twice(x: Float) -> Float {
  return x + x;
}
fn nothing(x: Float) {
}
`,
}

/** The error of compiling `forward`, with these statements from its second line on, or other declarations. */
function errorOf(statements: string, before = ''): unknown {
  const wgsl = `// squareplus(x)
fn forward(x: Float) -> Float { // x
${statements}
}
${before}`
  const graph = new Graph()
  const x: Value = { kind: 'f32', width: 4, node: graph.load('v128.load', 0, 0) }
  try {
    new Evaluator(parse([types, { file: FILE, wgsl }]), graph, {}).call('forward', [x])
    return undefined
  } catch (error) {
    return error
  }
}

test('what the compiler knows has no error', () => {
  expect(errorOf('  let y = twice(x); // A comment.\n  return select(y, abs(x), x > Float(0.0));')).toBeUndefined()
})

const ifs = (body: string): string => `  var y = x;\n  if (any(x > Float(0.0))) {\n    ${body}\n  }\n  return y;`

test.each<readonly [kind: string, statements: string, line: number, message: string]>([
  [
    'an unknown function',
    '  return sqrt2(x);',
    3,
    'the compiler knows no function sqrt2: return sqrt2(x); it knows abs, ',
  ],
  [
    'in a later line of a statement',
    '  return x +\n    sqrt2(x);',
    4,
    'knows no function sqrt2: sqrt2(x); it knows abs',
  ],
  ['an unknown name', '  let y = x;\n  return y + z;', 4, 'the compiler knows no z: return y + z'],
  [
    'an unknown statement',
    '  var y = x;\n  while (true) {\n  }\n  return y;',
    4,
    'the compiler knows no while: while (true)',
  ],
  ['else if', ifs('y = x;\n  } else if (any(x < Float(0.0))) {'), 4, 'the compiler knows no else if: if (any('],
  ['a return by a condition on elements', ifs('return x;'), 4, 'no return by a condition on elements: if (any('],
  ['arguments that are missing', '  return twice();', 3, 'twice takes 1 arguments, and is given 0: return twice()'],
  ['arguments of a builtin that are missing', '  return min(x);', 3, 'the compiler makes nothing of it ('],
  ['an operand that is missing', '  return x +;', 3, 'the compiler makes nothing of it ('],
  ['a function that calls itself', '  return forward(x);', 2, 'a function calls itself: fn forward(x: Float) -> Float'],
  ['a result that there is not', '  return nothing(x);', 3, 'nothing returns nothing: return nothing(x)'],
  ['a variable without a value', '  var y: Float;\n  return y;', 3, 'y has no value: var y: Float; give it one'],
  [
    'an assignment to a member',
    '  var y = x;\n  y.x = 1.0;\n  return y;',
    4,
    'assigns to whole variables alone: y.x = 1.0',
  ],
  ['an operator', '  return x % x;', 3, 'the compiler knows no % of f32: return x % x'],
  ['an operator of literals', '  return x * (5 % 2);', 3, 'the compiler knows no % of literals: return x * (5 % 2)'],
  ['a unary operator', '  return &x;', 3, 'the compiler knows no unary &: return &x'],
  ['a literal', '  return x * 1h;', 3, 'the compiler knows no literals of f16: return x * 1h'],
  [
    'operands of two types',
    '  return x + Bits(1u);',
    3,
    'one operand is f32, and the other is u32: return x + Bits(1u)',
  ],
  ['a conversion', '  return Float(x > Float(0.0));', 3, 'the compiler does not convert bool to f32: return Float('],
  ['an array', '  return Float(x[0]);', 3, 'the compiler knows no arrays: return Float(x[0])'],
  ['a member', '  return Parts(x).low;', 3, 'the struct has no member low: return Parts(x).low; it has high'],
  ['a component', '  return Float(x.r);', 3, 'the compiler knows no component r: return Float(x.r)'],
  ['three components', '  return x.xyz;', 3, 'the compiler knows no component xyz: return x.xyz'],
  ['a struct in place of a number', '  return Parts(x) + x;', 3, 'computes with no structs: return Parts(x) + x'],
  ['a choice of structs', '  return select(Parts(x), Parts(x), x > x).high;', 3, 'chooses no structs: return select('],
])('%s', (_, statements, line, message) => {
  const error = errorOf(statements)
  expect(error).toBeInstanceOf(CompileError)
  expect((error as Error).message).toContain(`${FILE}:${line}: `)
  expect((error as Error).message).toContain(message)
  expect((error as Error).message).not.toContain('\n')
})

test('in a constant and in a function that is called', () => {
  expect(errorOf('  return x * LIMIT;', 'const LIMIT = 2.0 + OTHER;')).toMatchObject({
    message: expect.stringContaining(`${FILE}:5: the compiler knows no OTHER: const LIMIT = 2.0 + OTHER`),
  })
  expect(errorOf('  return root(x);', 'fn root(x: Float) -> Float {\n  return sqrt2(x);\n}')).toMatchObject({
    message: expect.stringContaining(`${FILE}:6: the compiler knows no function sqrt2`),
  })
})

test.each([
  ['  return (x;', 3, "no WGSL (Expected ')'): return (x"],
  ['  let = x;', 3, 'no WGSL (Expected name for let): let = x'],
])('no WGSL: %s', (statements, line, message) => {
  expect(errorOf(statements)).toMatchObject({ message: `${FILE}:${line}: ${message}` })
})

test('a bracket that is not closed is an error of its own file', () => {
  const open = { file: FILE, wgsl: 'fn forward(x: Float) -> Float {\n  return x;\n' }
  expect(() => parse([types, open, types])).toThrow(new RegExp(`^${FILE}:\\d+: no WGSL`))
})

test('a function of another signature than what it is replaced by', () => {
  const activation = squaredRelu()
  const wgslSources = [...activation.wgslSources, 'fn doubled(x: Float) -> Bits {\n  return bitcast<Bits>(x);\n}']
  const other = Object.create(activation, { wgslSources: { value: wgslSources } }) as typeof activation
  const operation = operationOf(activation, 'forward')
  expect(() => kernelOf(other, operation, 'f32')).toThrow(
    /^src\/cpu\/compiler\/strict\.wgsl:\d+: doubled\(.*> replaces doubled\(.*>: fn doubled\(x: Float\) -> Float \(in squaredRelu\(\), forward\)$/,
  )
})

// With a copy of the project, because it compiles the shaders that it finds.
test('an error of a shader is one line wherever the library is imported', { timeout: 60_000 }, () => {
  const root = fileURLToPath(new URL('../../..', import.meta.url))
  const copy = mkdtempSync(join(tmpdir(), 'compiler-'))
  try {
    for (const part of ['src', 'shaders', 'package.json', 'test/tools/wgsl-loader.js']) {
      mkdirSync(join(copy, part, '..'), { recursive: true })
      cpSync(join(root, part), join(copy, part), { recursive: true })
    }
    mkdirSync(join(copy, 'node_modules'))
    for (const name of ['binaryen', 'wgsl_reflect', 'tsx', 'typescript']) {
      symlinkSync(join(root, 'node_modules', name), join(copy, 'node_modules', name))
    }
    const broken = join(copy, 'shaders/activations/squaredRelu.wgsl')
    writeFileSync(broken, readFileSync(broken, 'utf8').replace('scale_lanes(open, open)', 'sqrt2(open)'))
    const script = `
      const { kernelsText } = await import(${JSON.stringify(join(copy, 'src/cpu/compiler/cached.js'))})
      for (let i = 0; i < 2; i++) try { kernelsText() } catch (error) { console.log(error.message + error.stack) }`
    const { stdout } = spawnSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' })
    const [first, second, ...more] = stdout.trim().split('\n')
    expect(first).toMatch(
      /^shaders\/activations\/squaredRelu\.wgsl:5: the compiler knows no function sqrt2: return select\(sqrt2\(open\), x, is_nan\(x\)\); it knows abs, .* \(in squaredRelu\(\), forward\)$/,
    )
    expect(second).toBe(first)
    expect(more).toEqual([])
  } finally {
    rmSync(copy, { recursive: true })
  }
})
