import * as ort from 'onnxruntime-web/webgpu'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
import type { Candidate } from '../measure.ts'
import type { Subject } from '../subjects.ts'
import { onnxModel, type Operator } from './onnx.ts'

/** ONNX Runtime Web: a model of one operator for each activation that is one. It has no gradients. */
export async function openOrt(): Promise<Candidate> {
  ort.env.wasm.numThreads = 1
  ort.env.wasm.wasmPaths = { wasm }
  ort.env.logLevel = 'error'
  return {
    description: 'WebGPU execution provider',
    async computationOf(subject) {
      const operator = operatorOf(subject)
      if (operator === undefined) return undefined
      const { session, onCpu } = await openSession(onnxModel(operator))
      return {
        note: onCpu ? 'on the CPU (WASM): its WebGPU has no such operator' : undefined,
        async forward(x) {
          const { y } = await session.run({ x: new ort.Tensor('float32', x, [x.length]) })
          return (await y!.getData()) as Float32Array
        },
        close: () => session.release(),
      }
    },
  }
}

async function openSession(model: Uint8Array): Promise<{ session: ort.InferenceSession; onCpu: boolean }> {
  const options = { executionProviders: ['webgpu'] }
  try {
    // Otherwise an operator that WebGPU lacks runs on the CPU without a word.
    const extra = { session: { disable_cpu_ep_fallback: '1' } }
    return { session: await ort.InferenceSession.create(model, { ...options, extra }), onCpu: false }
  } catch {
    return { session: await ort.InferenceSession.create(model, options), onCpu: true }
  }
}

const SAME_NAME: Readonly<Record<string, string>> = {
  relu: 'Relu',
  selu: 'Selu',
  sigmoid: 'Sigmoid',
  tanh: 'Tanh',
  softsign: 'Softsign',
  hardSwish: 'HardSwish',
  mish: 'Mish',
}

function operatorOf({ name, parameters }: Subject): Operator | undefined {
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
    case 'celu':
      return { type: 'Celu', attributes: { alpha: number('alpha', 1) } }
    case 'gelu':
      return { type: 'Gelu', attributes: { approximate: String(parameters['approximate'] ?? 'none') } }
    case 'softplus':
      return number('beta', 1) === 1 ? { type: 'Softplus' } : undefined
    case 'hardSigmoid':
      return { type: 'HardSigmoid', attributes: { alpha: 1 / 6, beta: 0.5 } }
    case 'relu6':
      return { type: 'Clip', inputs: { min: 0, max: 6 } }
    case 'hardTanh':
      return { type: 'Clip', inputs: { min: number('minValue', -1), max: number('maxValue', 1) } }
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
    // Without its factor it is silu, to which ONNX Runtime itself fuses x * Sigmoid(x).
    case 'silu':
      return { type: 'QuickGelu', domain: 'com.microsoft', attributes: { alpha: 1 } }
    default:
      return undefined
  }
}
