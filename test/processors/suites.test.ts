import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import type { Activation } from '../../src/activations/support/activation.ts'
import type { GluActivation } from '../../src/activations/support/glu-activation.ts'
import { createDispatcherWith } from '../../src/dispatcher/create.ts'
import { createDispatcher, type Dispatcher } from '../../src/index.ts'
import { ulpsBetween } from '../support/contract.ts'
import { bitsOf } from '../support/float32.ts'
import { testDevice } from '../support/gpu.ts'
import { fromHalf, type HalfFormat, toHalf } from '../support/half.ts'
import { casesHere } from '../support/lanes.ts'
import { float32, madeFor, numbers, type Values } from '../support/vectors.ts'

// Cases of other frameworks' test suites, by the calls that a user of theirs would make here: test/conformance/suites/README.md.

type Result = 'y' | 'dx' | 'dGate' | 'dUp' | 'dalpha'
type Input = 'x' | 'gate' | 'up'
type Parameters = Readonly<Record<string, unknown>>

/** A composition of calls: an input, a constant, what a call makes of an expression, or arithmetic of the caller's own. */
type Expression =
  | Input
  | number
  | { readonly call: string; readonly with?: Parameters; readonly of: Expression }
  | { readonly sum: readonly Expression[] }
  | { readonly product: readonly Expression[] }

type Tolerance =
  | { readonly ulps: number }
  | { readonly absolute: number; readonly relative: number }
  /** The sum of the squares of the errors, relative to that of the results. */
  | { readonly nmse: number }

interface Case extends Readonly<Partial<Record<Result | Input | 'dy', Values>>> {
  readonly name: string
  readonly activation?: string
  readonly parameters?: Parameters
  readonly expression?: Expression
  readonly packed?: {
    readonly columns: number
    readonly layout: 'halves' | 'interleaved'
    readonly order: 'gate-up' | 'up-gate'
  }
  readonly format?: HalfFormat | 'i32'
  readonly tolerance: Tolerance
  readonly gradientTolerance?: Tolerance
}

const RESULTS: readonly Result[] = ['y', 'dx', 'dGate', 'dUp', 'dalpha']

const suites = Object.entries(
  import.meta.glob<string>('../conformance/suites/*.jsonl', { eager: true, query: '?raw', import: 'default' }),
).map(([path, text]) => {
  const [head, ...cases] = text
    .trim()
    .split('\n')
    .map(line => JSON.parse(line) as unknown)
  return { file: path.slice(path.lastIndexOf('/') + 1), ...(head as { framework: string }), cases: cases as Case[] }
})

const made: Readonly<Record<string, () => Promise<Dispatcher>>> =
  inject('lane') === 'cpu'
    ? {
        CPU: () => createDispatcher({ processor: 'cpu' }),
        'CPU without WebAssembly': () => createDispatcherWith({ processor: 'cpu' }, { missing: 'Not for this test.' }),
      }
    : {
        // The self-tests have a test of their own, and take longer than the cases.
        'WebGPU dispatcher': async () =>
          createDispatcher({ processor: 'webgpu', device: await testDevice(), crossCheck: 'off', selfTest: false }),
      }

describe.each(Object.entries(made))('%s', (_, create) => {
  // One for all suites, because a program is compiled once for each dispatcher.
  let dispatcher: Dispatcher
  beforeAll(async () => {
    dispatcher = await create()
  })
  afterAll(() => dispatcher.destroy())

  test.each(casesHere(suites))('$framework', async ({ cases }) => {
    const faults: string[] = []
    for (const each of cases) {
      // A case without a result tests nothing.
      expect(RESULTS.some(result => each[result] !== undefined)).toBe(true)
      faults.push(...(await faultsOf(dispatcher, each)).map(fault => `${each.name}: ${fault}`))
    }
    expect(faults).toEqual([])
    expect(dispatcher.report.fallbacks).toBe(0)
  })
})

async function faultsOf(dispatcher: Dispatcher, each: Case): Promise<string[]> {
  try {
    const results = await resultsOf(dispatcher, each)
    return RESULTS.flatMap(result => {
      const expected = each[result]
      if (expected === undefined) return []
      const tolerance = (result === 'y' ? undefined : each.gradientTolerance) ?? each.tolerance
      const fault = faultBetween(results[result], numbers(expected), tolerance)
      return fault === undefined ? [] : [`${result} ${fault}`]
    })
  } catch (error) {
    // Shows the failures of all cases at once.
    return [String(error)]
  }
}

async function resultsOf(
  dispatcher: Dispatcher,
  each: Case,
): Promise<Partial<Record<Result, Float32Array | Int32Array>>> {
  const { expression, packed, format } = each
  const inputs = new Map(
    (['x', 'gate', 'up', 'dy'] as const).flatMap(name =>
      each[name] === undefined ? [] : [[name, float32(each[name])]],
    ),
  )
  const wants = (...results: readonly Result[]): boolean => results.some(result => each[result] !== undefined)
  if (expression !== undefined) return { y: (await evaluate(dispatcher, expression, inputs)) as Float32Array }

  const activation = activationOf(each.activation!, each.parameters)
  if (format === 'i32') {
    const [x, dy] = [each.x!, each.dy ?? []].map(values => Int32Array.from(numbers(values)))
    return {
      y: await dispatcher.forward(activation as Activation, x!),
      ...(wants('dx') && { dx: await dispatcher.backward(activation as Activation, x!, dy!) }),
    }
  }
  const of = (name: 'x' | 'gate' | 'up' | 'dy'): Float32Array => inputs.get(name)!
  if (inputs.has('gate')) {
    const pair = activation as GluActivation
    const y = format
      ? fromHalf(
          format,
          await dispatcher.forward(pair, toHalf(format, of('gate')), toHalf(format, of('up')), { format }),
        )
      : await dispatcher.forward(pair, of('gate'), of('up'))
    return { y, ...(wants('dGate', 'dUp') && (await dispatcher.backward(pair, of('gate'), of('up'), of('dy')))) }
  }
  if (packed !== undefined) {
    const pair = activation as GluActivation
    return {
      y: await dispatcher.forward(pair, of('x'), packed),
      ...(wants('dx') && { dx: await dispatcher.backward(pair, of('x'), of('dy'), packed) }),
    }
  }
  const one = activation as Activation
  return {
    y: format
      ? fromHalf(format, await dispatcher.forward(one, toHalf(format, of('x')), { format }))
      : await dispatcher.forward(one, of('x')),
    ...(wants('dx') && { dx: await dispatcher.backward(one, of('x'), of('dy')) }),
    ...(wants('dalpha') && { dalpha: await dispatcher.backwardAlpha(one, of('x'), of('dy')) }),
  }
}

/** @param parameters with infinities as JSON has them */
function activationOf(activation: string, parameters: Parameters = {}): unknown {
  const read = (value: unknown): unknown => (/^-?Infinity$/.test(String(value)) ? Number(value) : value)
  return madeFor({
    activation,
    parameters: Object.fromEntries(Object.entries(parameters).map(([key, value]) => [key, read(value)])),
  })
}

async function evaluate(
  dispatcher: Dispatcher,
  expression: Expression,
  inputs: ReadonlyMap<string, Float32Array>,
): Promise<Float32Array | number> {
  if (typeof expression === 'number') return expression
  if (typeof expression === 'string') return inputs.get(expression)!
  if ('call' in expression) {
    const of = await evaluate(dispatcher, expression.of, inputs)
    return dispatcher.forward(activationOf(expression.call, expression.with) as Activation, of as Float32Array)
  }
  const [parts, combine] =
    'sum' in expression
      ? [expression.sum, (a: number, b: number) => a + b]
      : [expression.product, (a: number, b: number) => a * b]
  const values = await Promise.all(parts.map(part => evaluate(dispatcher, part, inputs)))
  const { length } = values.find(value => typeof value !== 'number')!
  const at = (value: Float32Array | number, i: number): number => (typeof value === 'number' ? value : value[i]!)
  return Float32Array.from({ length }, (_, i) => values.map(value => at(value, i)).reduce(combine))
}

function faultBetween(
  actual: Float32Array | Int32Array | undefined,
  expected: readonly number[],
  tolerance: Tolerance,
): string | undefined {
  if (actual?.length !== expected.length) return `has ${actual?.length} elements, not ${expected.length}`
  if ('nmse' in tolerance) {
    const sum = (terms: readonly number[]): number => terms.reduce((total, term) => total + term ** 2, 0)
    const error = sum(expected.map((value, i) => actual[i]! - value)) / sum(expected)
    return error <= tolerance.nmse ? undefined : `has an NMSE of ${error}: ${actual.join(' ')}`
  }
  const isExact = actual instanceof Int32Array
  const wrong = expected.findIndex((value, i) =>
    isExact ? actual[i] !== value : !isWithin(actual[i]!, value, tolerance),
  )
  return wrong < 0 ? undefined : `[${wrong}] is ${actual[wrong]}, not ${expected[wrong]}`
}

function isWithin(actual: number, expected: number, tolerance: Exclude<Tolerance, { readonly nmse: number }>): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(actual)
  if (actual === Math.fround(expected)) return true
  if ('ulps' in tolerance) return ulpsBetween(bitsOf(expected), bitsOf(actual)) <= tolerance.ulps
  return Math.abs(actual - expected) <= tolerance.absolute + tolerance.relative * Math.abs(expected)
}
