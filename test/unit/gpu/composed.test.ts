import { describe, expect, test } from 'vitest'
import { gelu, hardSigmoid, leakyRelu, prelu, relu, swiglu, tanh, threshold } from '../../../src/index.ts'
import type { AnyActivation } from '../../../src/activations/support/glu-activation.ts'
import type { Format } from '../../../src/support/formats.ts'
import { declarationsOf, neededBy } from '../../../src/wgsl/source.ts'
import { makerNames } from '../../support/maker-names.ts'
import { exported } from '../../support/vectors.ts'
import { composedFor, type ProgramChoice } from '../../tools/composed.ts'

// What a device compiles. After a change that is meant, `npx vitest run --project node test/unit/gpu/composed.test.ts -u` writes the
// files anew: review their differences as those of any source.

type Direction = 'forward' | 'backward'

const slopes = Float32Array.of(0.25, 0.5)
const reviewed: readonly (readonly [AnyActivation, Direction, ProgramChoice])[] = [
  [relu(), 'forward', {}],
  [leakyRelu(), 'backward', { format: 'f16' }],
  [prelu({ alpha: slopes }), 'forward', {}],
  [gelu(), 'forward', { format: 'bf16' }],
  [tanh(), 'backward', { from: 'y' }],
  [relu(), 'forward', { mask: true }],
  [swiglu(), 'backward', {}],
  [relu(), 'backward', { dbias: true, accumulate: true }],
]

test.each(reviewed)('%s %s %o is as reviewed', async (activation, direction, choice) => {
  const { format = 'f32', ...others } = choice
  const features = Object.entries(others).map(([name, value]) => (value === true ? name : `${name}-${value}`))
  const name = [activation.name, direction, format, ...features].join('-')
  await expect(composedFor(activation, direction, choice)).toMatchFileSnapshot(`./__snapshots__/${name}.wgsl`)
})

const activations = [
  ...makerNames.filter(name => name !== 'threshold').map(name => (exported[name] as () => AnyActivation)()),
  threshold({ threshold: 0, value: 0 }),
  gelu({ approximate: 'tanh' }),
  hardSigmoid({ alpha: 0.2 }),
  prelu({ alpha: slopes }),
]

const flags = [true, false]
const choices = (['x', 'y', 'mask'] as const).flatMap(from =>
  flags.flatMap(bias => flags.flatMap(other => flags.map(accumulate => ({ from, bias, other, accumulate })))),
)

/** Every program that an activation has. */
function programsOf(activation: AnyActivation): string[] {
  return (['forward', 'backward'] as const).flatMap(direction =>
    choices.flatMap(({ other, ...choice }) =>
      (['f32', 'f16', 'bf16', 'i32'] as const satisfies readonly Format[]).flatMap(format =>
        (['vectors', 'words'] as const).flatMap(access => {
          const flag = direction === 'forward' ? { mask: other } : { dbias: other }
          try {
            const printed = composedFor(activation, direction, { ...choice, ...flag, format, access })
            return printed.split(/^\/\/ .*$/m).slice(1)
          } catch {
            return []
          }
        }),
      ),
    ),
  )
}

const limits = { maxComputeInvocationsPerWorkgroup: 256, maxComputeWorkgroupSizeX: 256 }
const swiftShader = { limits, adapterInfo: { vendor: 'google', architecture: 'swiftshader' } } as GPUDevice

test.each([
  ['parameters', leakyRelu()],
  ['placement', prelu({ alpha: slopes })],
] as const)('for SwiftShader a loop reads neither %s nor the lengths of arrays', (uniform, activation) => {
  const declarations = declarationsOf(composedFor(activation, 'backward', {}, swiftShader))
  const before = declarations.get('find_starts')
  for (const array of [0, 1, 2]) expect(before).toContain(`arrayLength(&array_${array})`)
  expect(before).toContain(`${uniform} = bound_${uniform};`)
  expect(declarations.get(`bound_${uniform}`)).toContain('var<uniform>')
  expect(declarations.get(uniform)).toContain('var<private>')
  const inLoop = neededBy(['result', 'store'], declarations)
  expect(inLoop).toContain(uniform)
  expect(inLoop).not.toContain('geometry')
})

test('only a program with a rare path has its loop; for SwiftShader that is left by its index', () => {
  const loopOf = (activation: AnyActivation, device?: GPUDevice) =>
    declarationsOf(composedFor(activation, 'forward', {}, device)).get('elementwise')
  expect(loopOf(leakyRelu())).toContain('if (!any_needs_exact) {')
  expect(loopOf(leakyRelu(), swiftShader)).toContain('if (i >= end) {')
  expect(loopOf(leakyRelu(), swiftShader)).not.toContain('!any_needs_exact')
  for (const device of [undefined, swiftShader]) expect(composedFor(relu(), 'forward', {}, device)).not.toMatch(/exact/)
})

test('for SwiftShader workgroups are small, but where results are joined in one', () => {
  const printed = composedFor(relu(), 'backward', { dbias: true }, swiftShader)
  const [own, join] = printed.split(/^\/\/ .*$/m).slice(1)
  expect(own).toContain('const WORKGROUP_SIZE = 32u;')
  expect(join).toContain('const WORKGROUP_SIZE = 256u;')
})

/** The locals and parameters of a function; of anything else none. */
function localsOf(declaration: string): string[] {
  if (!/\bfn\s/.test(declaration)) return []
  const head = declaration.slice(0, declaration.indexOf('{'))
  return [...declaration.matchAll(/\b(?:let|var|const)\s+(\w+)/g), ...head.matchAll(/(\w+)\s*:/g)].map(
    ([, name]) => name!,
  )
}

describe.each(activations.map(activation => ({ activation, call: String(activation) })))('$call', ({ activation }) => {
  const programs = [...new Set(programsOf(activation))].map(declarationsOf)

  test('has programs for each format of floats and each access', () => {
    expect(programs.length).toBeGreaterThanOrEqual(12)
  })

  test('its programs hold what their entry points need, and nothing else', () => {
    for (const declarations of programs) {
      expect(neededBy(['elementwise'], declarations)).toEqual(new Set(declarations.keys()))
    }
  })

  // Else that would count as used.
  test('no local of a program hides a declaration', () => {
    const hidden = programs.flatMap(declarations =>
      [...declarations].flatMap(([name, declaration]) =>
        localsOf(declaration)
          .filter(local => declarations.has(local))
          .map(local => `${local} in ${name}`),
      ),
    )
    expect(new Set(hidden)).toEqual(new Set())
  })
})
