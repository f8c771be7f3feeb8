import { expect, test } from 'vitest'
import zeroGate from '../../../shaders/numerics/zero-gate.wgsl?raw'
import type { Activation } from '../../../src/activations/support/activation.ts'
import { numerics } from '../../../src/definitions/wgsl-words.ts'
import { layoutsOf } from '../../../src/gpu/programs/program-layouts.ts'
import { compose } from '../../../src/gpu/programs/program.ts'
import { defineActivation, wgsl } from '../../../src/index.ts'
import { operationOf, type Variant } from '../../../src/operations/operation.ts'
import { samplesOfAnyLength } from '../../activations/samples.ts'

// A definition suffices for all that this library has of one tensor, apart from slopes for each channel and from integers: each
// function, defined once more from its WGSL and its reference by what users call, has the same programs. And the reference of each
// passes the checks that a definition has to pass.

const COMPONENTS = ['x', 'y', 'z', 'w']

test.each(samplesOfAnyLength)('$call', ({ activation }) => {
  const again = definedAgain(activation)
  expect(programsOf(again)).toEqual(programsOf(activation))
  const facts = ({ uniforms, zeroWhereShut }: Activation): unknown => ({ uniforms, zeroWhereShut })
  expect(facts(again)).toEqual(facts(activation))
  const [own, built] = [again, activation].map(each => declarationsIn(wgsl(each, { name: 'one' }).replace(/^.*\n/, '')))
  expect(own).toEqual(built)
})

function definedAgain(activation: Activation): Activation {
  const { parameters, uniforms, reference, gate, derivativeFromY, zeroWhereShut, bounds } = activation
  const numbers = Object.entries(parameters).filter((entry): entry is [string, number] => typeof entry[1] === 'number')
  const names = uniforms.map((_, i) => `number${i}`)
  // Its own WGSL: what is not of the numerics, which every definition has.
  const shader = activation.wgslSources.filter(source => ![...numerics(), zeroGate].includes(source)).join('\n')
  const hash = [...String(activation)].reduce((sum, letter) => (Math.imul(sum, 31) + letter.charCodeAt(0)) >>> 0, 7)
  const make = defineActivation({
    name: `again${hash}`,
    parameters: Object.fromEntries(numbers),
    range: 'infinite',
    uniforms: () => Object.fromEntries(names.map((name, i) => [name, uniforms[i]!])),
    wgsl: shader.replace(
      /parameters\.([xyzw])/g,
      (_, letter: string) => `parameters.${names[COMPONENTS.indexOf(letter)]}`,
    ),
    reference: { forward: x => reference.forward(x), derivative: x => reference.derivative(x) },
    gate: gate && { isOpen: x => gate.isOpen(x), ...(zeroWhereShut ? {} : { slope: () => gate.slope() }) },
    derivativeFromY: derivativeFromY && (y => derivativeFromY(y)),
    zeroWhereShut,
    bounds: bounds ?? { forward: 0, backward: 0 },
  })
  return make()
}

const device = { limits: { maxComputeInvocationsPerWorkgroup: 64, maxComputeWorkgroupSizeX: 64 } } as GPUDevice

/** The programs of all operations on float32, without the names of the definition's own declarations. */
function programsOf(activation: Activation): string[][] {
  const variants: Variant[] = [
    {},
    { accumulates: true, reduced: ['dx'] },
    ...(activation.gate === undefined ? [] : [{ masked: true }, { from: 'mask' } as const]),
    ...(activation.derivativeFromY === undefined ? [] : [{ from: 'y' } as const]),
  ]
  return (['forward', 'backward'] as const).flatMap(direction =>
    variants.map(variant => {
      const operation = operationOf(activation, direction, variant)
      return declarationsIn(compose({ activation, operation, format: 'f32', ...layoutsOf(operation)[0]! }, device))
    }),
  )
}

/** The declarations of WGSL, in one order, without spaces, comments and the prefix of a definition's own names. */
function declarationsIn(source: string): string[] {
  const declarations = source.replace(/\/\/.*/g, '').split(/(?<=[;}]\n)(?=\s*(?:@|fn|const|var|struct|alias))/)
  return declarations.map(each => each.replaceAll('own_', '').replace(/\s+/g, '')).toSorted()
}
