import type { Format } from '../../src/index.ts'
import { clampsOf, formulaOf, recordOf } from '../activations/lookup.ts'
import { type Fault, pairGateFault, pairValueFault } from '../support/contract.ts'
import { toBits } from '../support/float32.ts'
import { expectRightHalves, fromHalf } from '../support/half.ts'
import type { Words } from './arrays.ts'

/** The parameters of an activation as a case gave them, defaults written out. */
export interface Subject {
  readonly name: string
  readonly parameters: Readonly<Record<string, number | string | Float32Array>>
}

// f(gate) * up and its gradients, and the gradient of the slopes of a prelu, in float64.

type Tensors = Readonly<Record<'gate' | 'up' | 'dy', Words>>

function compare(
  format: Format,
  actual: Words,
  inputs: Readonly<Record<string, Words>>,
  truthAt: (i: number) => number,
  faultAt: (i: number, truth: number, bits: number) => Fault,
): void {
  if (format !== 'f32') {
    const words = inputs as Record<string, Uint16Array>
    expectRightHalves(format as 'f16', actual as Uint16Array, truthAt, faultAt, words)
    return
  }
  if (actual.length !== inputs['gate']!.length) throw new Error(`${actual.length} elements`)
  for (const [i, bits] of toBits(actual as Float32Array).entries()) {
    const fault = faultAt(i, truthAt(i), bits)
    if (fault === undefined) continue
    const given = Object.entries(inputs).map(([name, array]) => `${name} = ${array[i]}`)
    throw new Error(`[${i}] ${given.join(', ')}: ${actual[i]}, not ${truthAt(i)}: ${fault}`)
  }
}

const widened = (format: Format, words: Words): Float32Array =>
  format === 'f32' ? (words as Float32Array) : fromHalf(format as 'f16', words as Uint16Array)

/** Expects y of a pair. */
export function expectPairForward(subject: Subject, format: Format, { gate, up }: Tensors, y: Words): void {
  const [gates, ups] = [widened(format, gate), widened(format, up)]
  const { value } = formulaOf(subject.name, subject.parameters)
  const clamps = clampsOf(subject.name, subject.parameters)
  compare(
    format,
    y,
    { gate, up },
    i => value(clamps.gate(gates[i]!), i) * clamps.factor(ups[i]!),
    (i, truth, actual) => pairValueFault(clamps.factor(ups[i]!), truth, actual),
  )
}

/** Expects both gradients of a pair. */
export function expectPairBackward(
  subject: Subject,
  format: Format,
  inputs: Tensors,
  { dGate, dUp }: Readonly<Record<'dGate' | 'dUp', Words>>,
): void {
  const [gates, ups, gradients] = [inputs.gate, inputs.up, inputs.dy].map(words => widened(format, words)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const { value, derivative } = formulaOf(subject.name, subject.parameters)
  const clamps = clampsOf(subject.name, subject.parameters)
  const gated = recordOf(subject.name).zeroWhereShut
  const named = { activation: subject.name, parameters: subject.parameters, gated }
  compare(
    format,
    dUp,
    inputs,
    i => (clamps.passesUp(ups[i]!) ? value(clamps.gate(gates[i]!), i) * gradients[i]! : 0),
    (i, truth, actual) => pairValueFault(gradients[i]!, truth, actual, 8),
  )
  compare(
    format,
    dGate,
    inputs,
    i => clamps.factor(ups[i]!) * gradients[i]! * derivative(clamps.gate(gates[i]!), i),
    (i, truth, actual) => pairGateFault(named, { gate: gates[i]!, up: ups[i]!, dy: gradients[i]! }, truth, actual),
  )
}

const SMALLEST_NORMAL = 2 ** -126
const LARGEST = 2 ** 128 - 2 ** 104

/** Expects the sums over x * dy of each channel, as far off as a tree of sums in float32 may be. */
export function expectAlphaGradient(
  { parameters }: Subject,
  x: Float32Array,
  dy: Float32Array,
  actual: Float32Array,
): void {
  const channels = parameters['alpha'] instanceof Float32Array ? parameters['alpha'].length : 1
  const inner = parameters['inner'] as number
  const [sums, sizes] = [new Float64Array(channels), new Float64Array(channels)]
  for (let i = 0; i < x.length; i++) {
    if (x[i]! > 0) continue
    const channel = Math.floor(i / inner) % channels
    sums[channel]! += x[i]! * dy[i]!
    sizes[channel]! += Math.abs(x[i]! * dy[i]!)
  }
  if (actual.length !== channels) throw new Error(`${actual.length} slopes, not ${channels}`)
  for (const [i, sum] of sums.entries()) {
    const value = actual[i]!
    if (Number.isNaN(sum) ? Number.isNaN(value) : Math.fround(sum) === value) continue
    // A subnormal factor may be flushed, and with it the product.
    const flushed =
      x.length * SMALLEST_NORMAL * [...dy, ...x].reduce((most, number) => Math.max(most, Math.abs(number) || 0), 1)
    if (Math.abs(value - sum) <= 20 * 2 ** -24 * sizes[i]! + flushed) continue
    if (Math.abs(sum) >= LARGEST * (1 - 2 ** -20) && Math.abs(value) === Infinity) continue
    throw new Error(`channel ${i}: ${value}, not ${sum}`)
  }
}
