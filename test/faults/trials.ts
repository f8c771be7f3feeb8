import { type Dispatcher, gelu, leakyRelu, prelu, relu, swiglu } from '../../src/index.ts'
import geluVectors from '../conformance/gelu-approximate=none.json' with { type: 'json' }
import swigluVectors from '../conformance/pair-swiglu.json' with { type: 'json' }
import { backwardFault, type Fault, isNaNBits, pairGateFault, pairValueFault } from '../support/contract.ts'
import { maskOf, reluOf, scrambled } from '../support/elements.ts'
import { scrambledBits, toBits } from '../support/float32.ts'
import { leakyReluForward, reluForward } from '../support/truth.ts'
import type { Step } from './steps.ts'

/** One call with arrays of its own. */
export interface Call {
  readonly make: (dispatcher: Dispatcher) => Promise<unknown>
  /** What is wrong with its result, in words; undefined where it is right. The truth has nothing of the library. */
  readonly judge: (result: unknown) => Fault
  /** What is wrong with the arrays that were given, after a call that rejected. */
  readonly judgeInputs: () => Fault
}

/** Calls of a kind. */
export interface Trial {
  readonly name: string
  /** Steps that they do not take. */
  readonly without: readonly Step[]
  /** A call with arrays of its own, or with others of the same lengths: what it leaves behind is wrong for the first. */
  readonly call: (which: 'one' | 'another') => Call
}

type Words = Uint32Array | Uint16Array | Int32Array
export type Given = Float32Array | Words

const ULPS_BACKWARD = 8

/** Three chunks where a binding holds 8 KiB, the last of them with a tail; every class of float32. */
const LENGTH = 5003

/** What differs, in words. @param isRounded whether a subnormal may be flushed, and the payload of a NaN lost */
export function sameWords(what: string, actual: unknown, expected: Given, isRounded = false): Fault {
  if (!ArrayBuffer.isView(actual) || actual.constructor !== expected.constructor) return `${what} is ${String(actual)}`
  const [found, wanted] = [wordsOf(actual as Given), wordsOf(expected)]
  if (found.length !== wanted.length) return `${what} has ${found.length} elements, not ${wanted.length}`
  for (let i = 0; i < wanted.length; i++) {
    if (found[i] === wanted[i] || (isRounded && isAsGood(found[i]!, wanted[i]!))) continue
    return `${what}[${i}] is ${hex(found[i]!)}, not ${hex(wanted[i]!)}`
  }
  return undefined
}

/** Of a sum or a product: another NaN, and zero for a subnormal. */
function isAsGood(found: number, wanted: number): boolean {
  return (isNaNBits(found) && isNaNBits(wanted)) || ((found & 0x7fffffff) === 0 && (wanted & 0x7f800000) === 0)
}

function wordsOf(array: Given): Words {
  return array instanceof Float32Array ? toBits(array) : array
}

const hex = (word: number): string => `0x${(word >>> 0).toString(16)}`

/** The first fault of so many elements, by what tells the fault of one. */
export function firstFault(
  what: string,
  actual: unknown,
  length: number,
  faultAt: (i: number, bits: number) => Fault,
): Fault {
  if (!(actual instanceof Float32Array) || actual.length !== length) return `${what} is ${String(actual)}`
  const bits = toBits(actual)
  for (let i = 0; i < length; i++) {
    const fault = faultAt(i, bits[i]!)
    if (fault !== undefined) return `${what}[${i}] is ${hex(bits[i]!)}: ${fault}`
  }
  return undefined
}

/** A call whose inputs are to stay as they are, whatever comes of it. */
function callOf<Inputs extends Readonly<Record<string, Given>>>(
  inputs: Inputs,
  make: (dispatcher: Dispatcher, inputs: Inputs) => Promise<unknown>,
  judge: (result: unknown) => Fault,
): Call {
  const own = Object.fromEntries(Object.entries(inputs).map(([name, array]) => [name, array.slice()])) as Inputs
  const judgeInputs = (): Fault => {
    const faults = Object.entries(inputs).map(([name, array]) => sameWords(`the input ${name}`, own[name], array))
    return faults.find(fault => fault !== undefined)
  }
  return { make: dispatcher => make(dispatcher, own), judge, judgeInputs }
}

/** Both of what a trial calls with, worked out when they are asked for. */
function trialOf(name: string, make: (which: 'one' | 'another') => () => Call, without: readonly Step[] = []): Trial {
  const made = new Map<string, () => Call>()
  const call: Trial['call'] = which => {
    const known = made.get(which) ?? make(which)
    made.set(which, known)
    return known()
  }
  return { name, call, without }
}

/** Relu of so many elements. */
export function reluOfLength(length: number): Trial {
  return trialOf(`relu forward over ${length} elements`, which => {
    const x = scrambledBits(length, which === 'one' ? 1 : 2)
    const y = reluForward(x)
    const make = (dispatcher: Dispatcher, own: { readonly x: Float32Array }) => dispatcher.forward(relu(), own.x)
    return () => callOf({ x }, make, result => sameWords('y', result, y))
  })
}

/** The same, of an array that the call may take away. */
export function transferredRelu(length: number): Trial {
  return trialOf(`relu forward over ${length} elements, transferred`, which => {
    const x = scrambledBits(length, which === 'one' ? 5 : 6)
    const y = reluForward(x)
    return () => {
      const own = x.slice()
      return {
        make: dispatcher => dispatcher.forward(relu(), own, { transfer: true }),
        judge: result => sameWords('y', result, y),
        judgeInputs: () => undefined,
      }
    }
  })
}

/** A column of vectors; for another call in another order. */
function column(values: readonly (number | string)[], which: 'one' | 'another'): number[] {
  const numbers = values.map(Number)
  return which === 'one' ? numbers : numbers.toReversed()
}

const geluBackward = trialOf('gelu backward', which => {
  const [x, dy] = [geluVectors.x, geluVectors.dy].map(values => Float32Array.from(column(values, which)))
  const derivative = column(geluVectors.derivative, which)
  const [xBits, dyBits] = [toBits(x!), toBits(dy!)]
  const faultAt = (i: number, bits: number): Fault =>
    backwardFault(geluVectors, xBits[i]!, dyBits[i]!, derivative[i]!, bits)
  const make = (dispatcher: Dispatcher, own: Readonly<Record<'x' | 'dy', Float32Array>>) =>
    dispatcher.backward(gelu(), own.x, own.dy)
  return () => callOf({ x: x!, dy: dy! }, make, result => firstFault('dx', result, derivative.length, faultAt))
})

const swigluBackward = trialOf('swiglu backward', which => {
  const columns = (['gate', 'up', 'dy'] as const).map(name => [name, column(swigluVectors[name], which)] as const)
  const inputs = Object.fromEntries(columns.map(([name, values]) => [name, Float32Array.from(values)])) as Readonly<
    Record<'gate' | 'up' | 'dy', Float32Array>
  >
  const [dGate, dUp] = [column(swigluVectors.dGate, which), column(swigluVectors.dUp, which)]
  const gateFaultAt = (i: number, bits: number): Fault =>
    pairGateFault(swigluVectors, { gate: inputs.gate[i]!, up: inputs.up[i]!, dy: inputs.dy[i]! }, dGate[i]!, bits)
  const upFaultAt = (i: number, bits: number): Fault => pairValueFault(inputs.dy[i]!, dUp[i]!, bits, ULPS_BACKWARD)
  const judge = (result: unknown): Fault => {
    const pair = result as Readonly<Record<'dGate' | 'dUp', unknown>>
    const { length } = inputs.gate
    return firstFault('dGate', pair.dGate, length, gateFaultAt) ?? firstFault('dUp', pair.dUp, length, upFaultAt)
  }
  return () => callOf(inputs, (dispatcher, own) => dispatcher.backward(swiglu(), own.gate, own.up, own.dy), judge)
})

const maskedHalf = trialOf('relu forward f16 with a mask', which => {
  const x = scrambled('f16', LENGTH, which === 'one' ? 7 : 8) as Uint16Array<ArrayBuffer>
  const [y, mask] = [reluOf('f16', x), maskOf('f16', x)]
  const judge = (result: unknown): Fault => {
    const masked = result as Readonly<Record<'y' | 'mask', unknown>>
    return sameWords('y', masked.y, y) ?? sameWords('mask', masked.mask, mask)
  }
  return () =>
    callOf({ x }, (dispatcher, own) => dispatcher.forward(relu(), own.x, { format: 'f16', mask: true }), judge)
})

const alphaGradient = trialOf(
  'prelu backwardAlpha',
  which => {
    const [channels, inner, length] = [3, 3, 1017]
    // Small integers: every sum is exact in whatever order.
    const x = Float32Array.from({ length }, (_, i) => ((i * 7) % 17) - (which === 'one' ? 8 : 9))
    const dy = Float32Array.from({ length }, (_, i) => ((i * 5) % 9) - 4)
    const sums = new Float32Array(channels)
    for (let i = 0; i < length; i++) if (x[i]! <= 0) sums[Math.floor(i / inner) % channels]! += x[i]! * dy[i]!
    // New slopes for every call, as a network that learns has them.
    const make = (dispatcher: Dispatcher, own: Readonly<Record<'x' | 'dy', Float32Array>>) =>
      dispatcher.backwardAlpha(prelu({ alpha: Float32Array.of(1, 2, 3), inner }), own.x, own.dy)
    return () => callOf({ x, dy }, make, result => sameWords('dalpha', result, sums))
  },
  // It has its parameters in an array, and a layout that WebGPU finds out.
  [
    'createBuffer (constants)',
    'getMappedRange (constants)',
    'unmap (constants)',
    'createBindGroupLayout',
    'createPipelineLayout',
  ],
)

const inPlace = trialOf('leakyRelu forward in place', which => {
  const x = scrambledBits(LENGTH, which === 'one' ? 3 : 4)
  const y = leakyReluForward(0.5, x)
  return () => {
    const own = x.slice()
    return {
      make: dispatcher => dispatcher.forward(leakyRelu({ alpha: 0.5 }), own, { out: own }),
      judge: result => (result === own ? sameWords('y', own, y) : 'the result is another array than out'),
      judgeInputs: () => sameWords('x, which is out,', own, x),
    }
  }
})

/** The kinds of calls that every fault meets. */
export const TRIALS = {
  chunks: reluOfLength(LENGTH),
  gelu: geluBackward,
  swiglu: swigluBackward,
  masked: maskedHalf,
  alpha: alphaGradient,
  inPlace,
} as const satisfies Readonly<Record<string, Trial>>

export type TrialName = keyof typeof TRIALS
