import type { Activation } from '../../src/activations/support/activation.ts'
import * as library from '../../src/index.ts'
import { type Smooth, smooth } from './smooth.ts'
import * as truth from './truth.ts'

// Every activation of one tensor beside its formula, which is written for the tests alone.

const { celu, elu, gelu, hardShrink, hardSigmoid, hardSwish, hardTanh, leakyRelu, logSigmoid, mish } = library
const { quickGelu, relu, relu6, selu, sigmoid, silu, softplus, softShrink, softsign, squaredRelu, step } = library
const { tanh, tanhShrink, threshold } = library

type Forward = (x: Float32Array) => Float32Array
type Backward = (x: Float32Array, dy: Float32Array) => Float32Array

/** Exact in float32, bit for bit. */
export const reluFamily: readonly [Activation, Forward, Backward][] = [
  [relu(), truth.reluForward, truth.reluBackward],
  [
    leakyRelu({ alpha: 0.3 }),
    x => truth.leakyReluForward(Math.fround(0.3), x),
    (x, dy) => truth.leakyReluBackward(Math.fround(0.3), x, dy),
  ],
  [relu6(), x => truth.hardTanhForward(0, 6, x), (x, dy) => truth.hardTanhBackward(0, 6, x, dy)],
  [hardTanh(), x => truth.hardTanhForward(-1, 1, x), (x, dy) => truth.hardTanhBackward(-1, 1, x, dy)],
  [step(), truth.stepForward, truth.stepBackward],
  [
    threshold({ threshold: 0.1, value: 20.3 }),
    x => truth.thresholdForward(Math.fround(0.1), 20.3, x),
    (x, dy) => truth.thresholdBackward(Math.fround(0.1), x, dy),
  ],
  [hardShrink(), x => truth.hardShrinkForward(0.5, x), (x, dy) => truth.shrinkBackward(0.5, x, dy)],
  [softShrink(), x => truth.softShrinkForward(0.5, x), (x, dy) => truth.shrinkBackward(0.5, x, dy)],
  [squaredRelu(), truth.squaredReluForward, truth.squaredReluBackward],
]

export const smoothOnes: readonly [Activation, Smooth][] = [
  [sigmoid(), smooth.sigmoid],
  [logSigmoid(), smooth.logSigmoid],
  [softplus(), smooth.softplus],
  [tanh(), smooth.tanh],
  [tanhShrink(), smooth.tanhShrink],
  [softsign(), smooth.softsign],
  [elu(), smooth.elu(1)],
  [celu({ alpha: 0.5 }), smooth.celu(0.5)],
  [selu(), smooth.selu],
  [gelu(), smooth.gelu],
  [gelu({ approximate: 'tanh' }), smooth.geluTanh],
  [quickGelu(), smooth.quickGelu],
  [silu(), smooth.silu],
  [mish(), smooth.mish],
  [hardSigmoid(), smooth.hardSigmoid],
  [hardSwish(), smooth.hardSwish],
]

/** The bits of a derivative that is NaN where x is. */
export const derivativeAt = ({ zeroWhereShut }: Activation, { derivative }: Smooth, x: number): number =>
  Number.isNaN(x) ? (zeroWhereShut && derivative(100) === 0 ? 0 : NaN) : derivative(x)

/** As the contract of the tests takes it. */
export const named = ({ name, parameters, zeroWhereShut }: Activation) => ({
  activation: name,
  parameters,
  gated: zeroWhereShut,
})
