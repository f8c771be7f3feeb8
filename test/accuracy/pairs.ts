import { normalValues } from '../../demo/input/normal.ts'
import type { GluActivation } from '../../src/activations/support/glu-activation.ts'
import { clampedInputs, gluBits } from '../../src/reference/reference.ts'
import { bitsView, floatOf, isNaNBits } from '../../src/support/bits.ts'
import type { GluResult } from '../../src/reference/reference.ts'
import { gluDeviation, Rounded } from '../../src/checking/tolerance.ts'
import type { Direction } from '../../src/index.ts'
import { finiteInputs } from './inputs.ts'
import { pairSpecialInputs, type SpecialCases } from './special.ts'
import { type Errors, NO_ERRORS, type Result, together } from './survey.ts'
import { isSubnormal, ulpError } from './ulp.ts'

/** A gated pair as one library computes it. */
export interface PairComputation {
  forward(gate: Float32Array, up: Float32Array): Promise<Float32Array>
  backward(gate: Float32Array, up: Float32Array, dy: Float32Array): Promise<PairGradients>
}

interface PairGradients {
  readonly dGate: Float32Array
  readonly dUp: Float32Array
}

interface PairInputs {
  readonly gate: Float32Array
  readonly up: Float32Array
  readonly dy: Float32Array
}

const UP_SEED = 2
const DY_SEED = 3
const UNITS_AT_CROSSING = 2 ** 25

/** Measures one direction of a gated pair: backward, its two results together. up and dy are normal. */
export async function measurePair(
  pair: GluActivation,
  direction: Direction,
  computation: PairComputation,
): Promise<{ readonly errors: Errors; readonly special: SpecialCases }> {
  const gate = finiteInputs(pair.activation)
  const up = await normalValues(UP_SEED, gate.length)
  const inputs = { gate, up, dy: await normalValues(DY_SEED, gate.length) }
  const surveys = await surveyed(pair, direction, computation, inputs)
  const special = await surveyed(pair, direction, computation, pairSpecialInputs(direction))
  const cases = special.reduce((sum, { elements }) => sum + elements, 0)
  const failed = special.reduce((sum, { outOfBounds }) => sum + outOfBounds, 0)
  const failures = special.flatMap(({ examples }) => examples)
  return { errors: surveys.reduce(together), special: { passed: cases - failed, cases, failures } }
}

async function surveyed(
  pair: GluActivation,
  direction: Direction,
  computation: PairComputation,
  inputs: PairInputs,
): Promise<Errors[]> {
  const { gate, up, dy } = inputs
  if (direction === 'forward') return [survey(pair, 'y', inputs, await computation.forward(gate, up))]
  const { dGate, dUp } = await computation.backward(gate, up, dy)
  return [survey(pair, 'dGate', inputs, dGate), survey(pair, 'dUp', inputs, dUp)]
}

function survey(pair: GluActivation, wanted: GluResult, { gate, up, dy }: PairInputs, result: Float32Array): Errors {
  const words = { gate: bitsView(gate), up: bitsView(up), dy: bitsView(dy), actual: bitsView(result) }
  let errors = NO_ERRORS
  let inexact = false
  for (let i = 0; i < result.length; i++) {
    const given = [words.gate[i]!, words.up[i]!, words.dy[i]!] as const
    const expected = gluBits(pair, wanted, ...given) | 0
    const actual = words.actual[i]!
    const truth = trueValue(pair, wanted, gate[i]!, up[i]!, dy[i]!)
    if (expected === actual) inexact ||= !isNaNBits(expected) && truth !== floatOf(expected)
    else errors = together(errors, examine(pair, wanted, given, truth, expected, actual))
  }
  return { ...errors, elements: result.length, largest: Math.max(errors.largest, inexact ? 0.5 : 0) }
}

function examine(
  pair: GluActivation,
  wanted: GluResult,
  [gate, up, dy]: readonly [number, number, number],
  truth: number,
  expected: number,
  actual: number,
): Errors {
  const deviation = gluDeviation(pair, wanted, gate, up, dy, new Rounded(expected, actual))
  const value = floatOf(actual)
  const isOpen = deviation.allowed && deviation.ulp === 0
  let largest = isOpen || (isSubnormal(truth) && Math.abs(value) < 2 ** -126) ? 0 : ulpError(truth, value)
  let atCrossing = false
  const { crossing, reach = 1 } = pair.bounds
  const { at, factor } = clampedInputs(pair, wanted, floatOf(gate), floatOf(up))
  if (wanted === 'dGate' && crossing !== undefined && Math.abs(at - crossing) <= reach) {
    const units = (Math.abs(value - truth) * UNITS_AT_CROSSING) / Math.abs(factor * floatOf(dy))
    atCrossing = units < largest
    if (atCrossing) largest = units
  }
  const result: Result = { x: gate, up, ...(wanted !== 'y' && { dy }), expected, actual }
  return {
    elements: 1,
    different: 1,
    flushed: isSubnormal(truth) && value === 0 ? 1 : 0,
    largest,
    atCrossing,
    worst: result,
    outOfBounds: deviation.allowed ? 0 : 1,
    examples: deviation.allowed ? [] : [result],
  }
}

/** The result in float64, as the reference has it before it rounds. */
function trueValue(pair: GluActivation, wanted: GluResult, gate: number, up: number, dy: number): number {
  const { reference, zeroWhereShut } = pair.activation
  const { at, factor, isOpen } = clampedInputs(pair, wanted, gate, up)
  if (!isOpen) return 0
  if (wanted !== 'dGate') return (Number.isNaN(at) ? NaN : reference.forward(at)) * (wanted === 'dUp' ? dy : factor)
  const derivative = reference.derivative(at)
  return zeroWhereShut && derivative === 0 ? 0 : dy * factor * derivative
}
