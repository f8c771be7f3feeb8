import { GluActivation } from '../../src/activations/support/glu-activation.ts'
import { expect } from 'vitest'
import { allGlus, clampsOf, formulaOf } from '../activations/lookup.ts'
import type { Clamps } from '../activations/record.ts'
import { type Fault, pairGateFault, pairValueFault } from './contract.ts'
import { brokenRelu } from './dispatcher.ts'
import { toBits } from './float32.ts'
import { madeFor } from './vectors.ts'

/** A pair, with f and its derivative as the contract has them, in float64. */
export interface KnownPair {
  /** The call that makes it, for the name of a test. */
  readonly call: string
  readonly pair: GluActivation
  readonly gated: boolean
  readonly f: (gate: number) => number
  readonly derivative: (gate: number) => number
  readonly clamps: Clamps
}

/** Every gated linear unit of the catalogue, with the parameters that its activation has for all processors. */
export const knownPairs: readonly KnownPair[] = allGlus.flatMap(({ name, of }) =>
  of.samples.map(options => {
    const { value, derivative } = formulaOf(name, options)
    const pair = madeFor({ activation: name, parameters: options }) as GluActivation
    return {
      call: String(pair),
      pair,
      gated: of.zeroWhereShut,
      f: (gate: number) => value(gate, 0),
      derivative: (gate: number) => derivative(gate, 0),
      clamps: clampsOf(name, options),
    }
  }),
)

interface Tensors {
  readonly gate: Float32Array
  readonly up: Float32Array
  readonly dy?: Float32Array
  readonly y?: Float32Array
  readonly dGate?: Float32Array
  readonly dUp?: Float32Array
}

/** Expects the results that are given to be those of the pair, by the contract's bounds. */
export function expectPair({ pair, gated, f, derivative, clamps }: KnownPair, tensors: Tensors): void {
  const { gate, up, dy = up, ...results } = tensors
  const named = { activation: pair.name, parameters: pair.parameters, gated }
  const faults: string[] = []
  for (let i = 0; i < gate.length; i++) {
    const at = { gate: gate[i]!, up: up[i]!, dy: dy[i]! }
    const [clamped, factor] = [clamps.gate(at.gate), clamps.factor(at.up)]
    const dUp = clamps.passesUp(at.up) ? f(clamped) * at.dy : 0
    const judge: Record<string, (actual: number) => Fault> = {
      y: actual => pairValueFault(factor, f(clamped) * factor, actual),
      dUp: actual => pairValueFault(at.dy, dUp, actual, 8),
      dGate: actual => pairGateFault(named, at, at.dy * factor * derivative(clamped), actual),
    }
    for (const [name, result] of Object.entries(results)) {
      const fault = judge[name]!(toBits(result)[i]!)
      if (fault !== undefined) faults.push(`${pair} ${name}[${i}] of ${JSON.stringify(at)}: ${result[i]}: ${fault}`)
    }
  }
  expect(faults.slice(0, 8)).toEqual([])
}

/** reglu of ordinary numbers, which rounds once: the same bits everywhere. */
export function regluOf(gate: Float32Array, up: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(gate, (value, i) => (value > 0 ? value : 0) * up[i]!)
}

/** Its gradient with respect to the gate. */
export function regluGateGradient(gate: Float32Array, up: Float32Array, dy: Float32Array): Float32Array<ArrayBuffer> {
  return Float32Array.from(gate, (value, i) => (value > 0 ? dy[i]! * up[i]! : 0))
}

/** Numbers of ordinary size and either sign, the same every time. */
export function ordinary(length: number, seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => {
    const word = Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed + 1, 0x85ebca6b), 0x21f0aaad)
    return ((word ^ (word >>> 15)) / 2 ** 31) * 4
  })
}

/** reglu as a driver or a slip might have it. */
export function brokenReglu(forward: string): GluActivation {
  return new GluActivation('reglu', brokenRelu(forward))
}

/** The order of gate and up in one tensor, as calls have it. */
export interface Packed {
  readonly columns: number
  readonly layout?: 'halves' | 'interleaved'
  readonly order?: 'gate-up' | 'up-gate'
}

/** Lays gate and up into one array, element by element. */
export function pack<Elements extends Float32Array | Uint16Array>(
  gate: Elements,
  up: Elements,
  packed: Packed,
): Elements {
  const x = new (gate.constructor as new (length: number) => Elements)(2 * gate.length)
  for (let i = 0; i < gate.length; i++) {
    const [atGate, atUp] = placesIn(packed, i)
    x[atGate] = gate[i]!
    x[atUp] = up[i]!
  }
  return x
}

/** The indices of the gate and the up of element i. */
function placesIn({ columns, layout = 'halves', order = 'gate-up' }: Packed, i: number): [gate: number, up: number] {
  const row = Math.floor(i / columns)
  const first = layout === 'halves' ? row * 2 * columns + (i % columns) : 2 * i
  const second = layout === 'halves' ? first + columns : first + 1
  return order === 'gate-up' ? [first, second] : [second, first]
}
