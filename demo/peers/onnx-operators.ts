import type { Operator } from './onnx-model.ts'
import { seluParameters, type Subject } from './subject.ts'

const SAME_NAME: Readonly<Record<string, string>> = {
  relu: 'Relu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  softsign: 'Softsign',
  hardSwish: 'HardSwish',
  mish: 'Mish',
}

/** The operator of ONNX for an activation; undefined where it has none. */
export function onnxOperator(subject: Subject): Operator | undefined {
  const { name, parameters } = subject
  const number = (key: string, fallback: number): number => Number(parameters[key] ?? fallback)
  const plain = SAME_NAME[name]
  if (plain !== undefined) return { type: plain }
  switch (name) {
    case 'leakyRelu':
      return { type: 'LeakyRelu', attributes: { alpha: number('alpha', 0.01) } }
    case 'prelu':
      return { type: 'PRelu', inputs: { slope: number('alpha', 0.25) } }
    case 'elu':
      return { type: 'Elu', attributes: { alpha: number('alpha', 1) } }
    case 'selu': {
      const { alpha, gamma } = seluParameters(subject)
      return { type: 'Selu', attributes: { alpha, gamma } }
    }
    case 'celu':
      return { type: 'Celu', attributes: { alpha: number('alpha', 1) } }
    case 'gelu':
      return { type: 'Gelu', attributes: { approximate: String(parameters['approximate'] ?? 'none') } }
    case 'softplus':
      return number('beta', 1) === 1 ? { type: 'Softplus' } : undefined
    case 'hardSigmoid':
      return { type: 'HardSigmoid', attributes: { alpha: number('alpha', 1 / 6), beta: number('beta', 0.5) } }
    case 'relu6':
      return { type: 'Clip', inputs: { min: 0, max: 6 } }
    case 'hardTanh':
      return { type: 'Clip', inputs: { min: number('minValue', -1), max: number('maxValue', 1) } }
    case 'clamp':
      return { type: 'Clip', inputs: { min: number('minValue', -Infinity), max: number('maxValue', Infinity) } }
    case 'hardShrink':
      return { type: 'Shrink', attributes: { lambd: number('lambda', 0.5), bias: 0 } }
    case 'softShrink':
      return { type: 'Shrink', attributes: { lambd: number('lambda', 0.5), bias: number('lambda', 0.5) } }
    case 'threshold':
      return number('value', 0) === 0
        ? { type: 'ThresholdedRelu', attributes: { alpha: number('threshold', 0) } }
        : undefined
    case 'quickGelu':
      return { type: 'QuickGelu', domain: 'com.microsoft', attributes: { alpha: 1.702 } }
    case 'swish':
      return { type: 'QuickGelu', domain: 'com.microsoft', attributes: { alpha: number('beta', 1) } }
    // Without its factor it is silu, to which ONNX Runtime itself fuses x * Sigmoid(x).
    case 'silu':
      return { type: 'QuickGelu', domain: 'com.microsoft', attributes: { alpha: 1 } }
    default:
      return undefined
  }
}
