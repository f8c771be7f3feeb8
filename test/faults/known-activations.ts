import type { Activation, GluActivation } from '../../src/index.ts'
import * as library from '../../src/index.ts'
import { smooth, type Smooth } from '../support/smooth.ts'
import * as truth from '../support/truth.ts'
import type { Random } from './random.ts'

type Forward = (x: Float32Array) => Float32Array<ArrayBuffer>
type Backward = (x: Float32Array, dy: Float32Array) => Float32Array<ArrayBuffer>

/** An activation of the relu family, with parameters at random: the bits of its results are known. */
export interface Exact {
  readonly activation: Activation
  readonly forward: Forward
  readonly backward: Backward
  /** Whether it computes with a NaN, of which something may get lost. */
  readonly anyNaN?: boolean
}

/** One whose results are known as numbers. A gate that is shut gives +0. */
export interface Numeric {
  readonly activation: Activation
  readonly function: Smooth
  readonly gated: boolean
}

/** f(gate) * up. */
export interface Pair {
  readonly activation: GluActivation
  readonly function: Smooth
  readonly gated: boolean
}

// Each by what the contract says of it, and not by what the library computes.

export const exact: readonly ((random: Random) => Exact)[] = [
  () => ({ activation: library.relu(), forward: truth.reluForward, backward: truth.reluBackward }),
  random => {
    const alpha = random.next() * 4 - 2
    return {
      activation: library.leakyRelu({ alpha }),
      forward: x => truth.leakyReluForward(alpha, x),
      backward: (x, dy) => truth.leakyReluBackward(alpha, x, dy),
    }
  },
  () => clamped(library.relu6(), 0, 6),
  random => {
    const [minValue, maxValue] = [-random.next() * 3, random.next() * 3]
    return clamped(library.hardTanh({ minValue, maxValue }), minValue, maxValue)
  },
  () => ({
    activation: library.squaredRelu(),
    forward: truth.squaredReluForward,
    backward: truth.squaredReluBackward,
    anyNaN: true,
  }),
  () => ({ activation: library.step(), forward: truth.stepForward, backward: truth.stepBackward }),
  random => {
    const [threshold, value] = [random.next() * 2 - 1, random.next() * 8 - 4]
    return {
      activation: library.threshold({ threshold, value }),
      forward: x => truth.thresholdForward(threshold, value, x),
      backward: (x, dy) => truth.thresholdBackward(threshold, x, dy),
    }
  },
  random => {
    const lambda = random.next() + 0.01
    return {
      activation: library.hardShrink({ lambda }),
      forward: x => truth.hardShrinkForward(lambda, x),
      backward: (x, dy) => truth.shrinkBackward(lambda, x, dy),
    }
  },
]

function clamped(activation: Activation, minValue: number, maxValue: number): Exact {
  return {
    activation,
    forward: x => truth.hardTanhForward(minValue, maxValue, x),
    backward: (x, dy) => truth.hardTanhBackward(minValue, maxValue, x, dy),
  }
}

const numericOf = (activation: Activation, function_: Smooth, gated = false): Numeric => {
  return { activation, function: function_, gated }
}

export const numeric: readonly Numeric[] = [
  numericOf(library.sigmoid(), smooth.sigmoid),
  numericOf(library.logSigmoid(), smooth.logSigmoid),
  numericOf(library.softplus(), smooth.softplus),
  numericOf(library.tanh(), smooth.tanh),
  numericOf(library.tanhShrink(), smooth.tanhShrink),
  numericOf(library.softsign(), smooth.softsign),
  numericOf(library.elu(), smooth.elu(1)),
  numericOf(library.elu({ alpha: 0.5 }), smooth.elu(0.5)),
  numericOf(library.celu({ alpha: 2 }), smooth.celu(2)),
  numericOf(library.selu(), smooth.selu),
  numericOf(library.gelu(), smooth.gelu),
  numericOf(library.gelu({ approximate: 'tanh' }), smooth.geluTanh),
  numericOf(library.quickGelu(), smooth.quickGelu),
  numericOf(library.silu(), smooth.silu),
  numericOf(library.mish(), smooth.mish),
  numericOf(library.hardSigmoid(), smooth.hardSigmoid, true),
  numericOf(library.hardSwish(), smooth.hardSwish, true),
]

const relu: Smooth = { value: x => (x > 0 ? x : 0), derivative: x => (x > 0 ? 1 : 0) }

export const pairs: readonly Pair[] = [
  { activation: library.glu(), function: smooth.sigmoid, gated: false },
  { activation: library.reglu(), function: relu, gated: true },
  { activation: library.geglu(), function: smooth.gelu, gated: false },
  { activation: library.swiglu(), function: smooth.silu, gated: false },
]
