import { type CallOptions, prelu, relu } from '../../src/index.ts'
import { backwardFault, type Fault, forwardFault, pairGateFault, pairValueFault } from '../support/contract.ts'
import { maskOf, reluGradientOf, reluOf, scrambled } from '../support/elements.ts'
import { scrambledBits, toBits } from '../support/float32.ts'
import { preluBackward, preluForward, wholePeriods } from '../support/prelu.ts'
import { exactAtRandom, numeric, pairs } from './known-activations.ts'
import type { Random } from './random.ts'
import { type Call, firstFault, type Given, sameWords } from './trials.ts'

type Named<Name extends string> = Readonly<Record<Name, Float32Array>>

const ULPS_BACKWARD = 8
// Of numbers whose results are worked out once; longer arrays repeat them, from another one on.
const POOL = 1024
// Element by element a slow truth.
const LONGEST_PRELU = 2000

/** A call of any activation in any format with arrays of a length, and what is right. */
export function randomCall(random: Random, length: number, options: CallOptions = {}): Call {
  const kind = random.next()
  if (kind < 0.35) return exactCall(random, length, options)
  if (kind < 0.6) return numericCall(random, length, options)
  if (kind < 0.72) return pairCall(random, length, options)
  if (kind < 0.84) return reluInFormat(random, length, options)
  if (kind < 0.95) return preluCall(random, Math.min(length, LONGEST_PRELU), options)
  return alphaCall(random, length, options)
}

function callOf(
  inputs: Readonly<Record<string, Given>>,
  make: Call['make'],
  judge: Call['judge'],
  before = Object.entries(inputs).map(([name, array]) => [name, array, array.slice()] as const),
): Call {
  const judgeInputs = (): Fault =>
    before.map(([name, array, copy]) => sameWords(`the input ${name}`, array, copy)).find(fault => fault !== undefined)
  return { make, judge, judgeInputs }
}

/** With new results, results in an array, or results over an input. */
function outOf(random: Random, input: Float32Array): { readonly out?: Float32Array<ArrayBuffer> } {
  const kind = random.next()
  if (kind < 0.6) return {}
  return { out: kind < 0.8 ? new Float32Array(input.length) : (input as Float32Array<ArrayBuffer>) }
}

function exactCall(random: Random, length: number, options: CallOptions): Call {
  const { activation, forward, backward, isRounded } = exactAtRandom(random)
  const [x, dy] = [scrambledBits(length, random.integer(0, 1e9)), scrambledBits(length, random.integer(0, 1e9))]
  if (random.chance(0.5)) {
    const y = forward(x)
    const out = outOf(random, x)
    return callOf(
      { x },
      dispatcher => dispatcher.forward(activation, x, { ...out, ...options }),
      result => {
        return sameWords(`${activation} y`, result, y, isRounded)
      },
    )
  }
  const dx = backward(x, dy)
  const out = outOf(random, dy)
  return callOf(
    { x, dy },
    dispatcher => dispatcher.backward(activation, x, dy, { ...out, ...options }),
    result => {
      return sameWords(`${activation} dx`, result, dx, isRounded)
    },
  )
}

/** Relu of float16, bfloat16 and integers, with masks. */
function reluInFormat(random: Random, length: number, options: CallOptions): Call {
  const format = random.pick(['f16', 'bf16', 'i32'] as const)
  const [x, dy] = [scrambled(format, length, random.integer(0, 1e6)), scrambled(format, length, random.integer(0, 1e6))]
  // Of the same kind, which the types cannot know.
  const given = { format, ...options } as { readonly format: 'f16' } & CallOptions
  const [words, gradient] = [x, dy] as [Uint16Array<ArrayBuffer>, Uint16Array<ArrayBuffer>]
  const mask = maskOf(format, x)
  switch (random.integer(0, 2)) {
    case 0: {
      const y = reluOf(format, x)
      const judge = (result: unknown): Fault => {
        const found = result as Readonly<Record<'y' | 'mask', unknown>>
        return sameWords(`relu y ${format}`, found.y, y) ?? sameWords(`relu mask ${format}`, found.mask, mask)
      }
      return callOf({ x }, dispatcher => dispatcher.forward(relu(), words, { ...given, mask: true }), judge)
    }
    case 1: {
      const dx = reluGradientOf(format, x, dy)
      return callOf(
        { mask, dy },
        dispatcher => dispatcher.backward(relu(), { mask }, gradient, given),
        result => {
          return sameWords(`relu dx ${format} from a mask`, result, dx)
        },
      )
    }
    default: {
      const dx = reluGradientOf(format, x, dy)
      return callOf(
        { x, dy },
        dispatcher => dispatcher.backward(relu(), words, gradient, given),
        result => {
          return sameWords(`relu dx ${format}`, result, dx)
        },
      )
    }
  }
}

/** New slopes every time, as a network that learns has them. */
function preluCall(random: Random, least: number, options: CallOptions): Call {
  const slopes = {
    alpha: Float32Array.from({ length: random.integer(1, 9) }, () => random.next() * 2 - 1),
    inner: random.integer(1, 5),
  }
  const length = wholePeriods(least, slopes)
  const [x, dy] = [scrambledBits(length, random.integer(0, 1e9)), scrambledBits(length, random.integer(0, 1e9))]
  if (random.chance(0.5)) {
    const y = preluForward(slopes, x)
    return callOf(
      { x },
      dispatcher => dispatcher.forward(prelu(slopes), x, options),
      result => {
        return sameWords('prelu y', result, y)
      },
    )
  }
  const dx = preluBackward(slopes, x, dy)
  return callOf(
    { x, dy },
    dispatcher => dispatcher.backward(prelu(slopes), x, dy, options),
    result => {
      return sameWords('prelu dx', result, dx)
    },
  )
}

// So many of these products are added up exactly in float32.
const LONGEST_SUM = 2 ** 18

// Where a driver has a bit wrong, the cross-check lets pass what the contract allows.
const UNITS_OF_SUM = 19 * 2 ** -24

/** Of small integers, whose sums are exact. */
function alphaCall(random: Random, wanted: number, options: CallOptions): Call {
  const alpha = Float32Array.from({ length: random.integer(1, 9) }, () => random.next())
  const inner = random.integer(1, 50)
  const length = wholePeriods(Math.min(wanted, LONGEST_SUM - 9 * 50), { alpha, inner })
  const integers = (most: number): Float32Array => Float32Array.from({ length }, () => random.integer(-most, most))
  const [x, dy] = [integers(8), integers(4)]
  const [sums, magnitudes] = [new Float32Array(alpha.length), new Float64Array(alpha.length)]
  for (let i = 0; i < length; i++) {
    if (x[i]! > 0) continue
    const channel = Math.floor(i / inner) % alpha.length
    sums[channel]! += x[i]! * dy[i]!
    magnitudes[channel]! += Math.abs(x[i]! * dy[i]!)
  }
  const make: Call['make'] = dispatcher => dispatcher.backwardAlpha(prelu({ alpha, inner }), x, dy, options)
  // A sum of nothing may have either sign.
  const judge = (result: unknown): Fault => {
    const found = result as Float32Array
    const isRight = (sum: number, i: number): boolean => Math.abs(found[i]! - sum) <= UNITS_OF_SUM * magnitudes[i]!
    return found.length === sums.length && sums.every(isRight)
      ? undefined
      : `dalpha is ${found.join()}, not ${sums.join()}`
  }
  return callOf({ x, dy }, make, judge)
}

/** Numbers of ordinary size and either sign. */
function pool(seed: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: POOL }, (_, i) => {
    const word = Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b), 0x21f0aaad)
    return ((word ^ (word >>> 15)) / 2 ** 31) * 6
  })
}

const [first, second, third] = [pool(1), pool(2), pool(3)]

function repeated(values: Float32Array, length: number, offset: number): Float32Array<ArrayBuffer> {
  const array = new Float32Array(length)
  for (let start = 0, from = offset; start < length; from = 0) {
    const part = values.subarray(from, from + length - start)
    array.set(part, start)
    start += part.length
  }
  return array
}

const accepted = new Map<string, Set<number>[]>()

/** Judges each element of the pool once for every result that there is. */
function judgeOnce(what: string, offset: number, length: number, faultAt: (index: number, bits: number) => Fault) {
  const known = accepted.get(what) ?? Array.from({ length: POOL }, () => new Set<number>())
  accepted.set(what, known)
  return (result: unknown): Fault =>
    firstFault(what, result, length, (i, bits) => {
      const index = (i + offset) % POOL
      if (known[index]!.has(bits)) return undefined
      const fault = faultAt(index, bits)
      if (fault === undefined) known[index]!.add(bits)
      return fault
    })
}

function numericCall(random: Random, length: number, options: CallOptions): Call {
  const { activation, formula: known, named } = random.pick(numeric)
  const offset = random.integer(0, POOL - 1)
  const [x, dy] = [repeated(first, length, offset), repeated(second, length, offset)]
  if (random.chance(0.5)) {
    const judge = judgeOnce(`${activation} y`, offset, length, (i, bits) =>
      forwardFault(named, toBits(first)[i]!, known.value(first[i]!, i), bits),
    )
    const out = outOf(random, x)
    return callOf({ x }, dispatcher => dispatcher.forward(activation, x, { ...out, ...options }), judge)
  }
  const judge = judgeOnce(`${activation} dx`, offset, length, (i, bits) =>
    backwardFault(named, toBits(first)[i]!, toBits(second)[i]!, known.derivative(first[i]!, i), bits),
  )
  const out = outOf(random, dy)
  return callOf({ x, dy }, dispatcher => dispatcher.backward(activation, x, dy, { ...out, ...options }), judge)
}

function pairCall(random: Random, length: number, options: CallOptions): Call {
  const { activation, formula: known, gated } = random.pick(pairs)
  const offset = random.integer(0, POOL - 1)
  const named = { activation: activation.name, parameters: activation.parameters, gated }
  const [gate, up, dy] = [first, second, third].map(values => repeated(values, length, offset)) as [
    Float32Array,
    Float32Array,
    Float32Array,
  ]
  const value = (i: number, factor: Float32Array): number => known.value(first[i]!, i) * factor[i]!
  if (random.chance(0.5)) {
    const judge = judgeOnce(`${activation} y`, offset, length, (i, bits) =>
      pairValueFault(second[i]!, value(i, second), bits),
    )
    return callOf({ gate, up }, dispatcher => dispatcher.forward(activation, gate, up, options), judge)
  }
  const judgeGate = judgeOnce(`${activation} dGate`, offset, length, (i, bits) => {
    const at = { gate: first[i]!, up: second[i]!, dy: third[i]! }
    return pairGateFault(named, at, at.dy * at.up * known.derivative(at.gate, i), bits)
  })
  const judgeUp = judgeOnce(`${activation} dUp`, offset, length, (i, bits) =>
    pairValueFault(third[i]!, value(i, third), bits, ULPS_BACKWARD),
  )
  const judge = (result: unknown): Fault => {
    const { dGate, dUp } = result as Named<'dGate' | 'dUp'>
    return judgeGate(dGate) ?? judgeUp(dUp)
  }
  return callOf({ gate, up, dy }, dispatcher => dispatcher.backward(activation, gate, up, dy, options), judge)
}
