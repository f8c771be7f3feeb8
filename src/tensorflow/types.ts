import type * as core from '@tensorflow/tfjs-core'

export type { GradConfig, KernelConfig, NamedAttrMap, Tensor, TensorInfo } from '@tensorflow/tfjs-core'

/** The members of TensorFlow.js that this entry uses: `import * as tf from '@tensorflow/tfjs'`, or from `tfjs-core`. */
export type TensorFlow = Pick<
  typeof core,
  | 'version_core'
  | 'engine'
  | 'getKernel'
  | 'registerKernel'
  | 'unregisterKernel'
  | 'getGradient'
  | 'registerGradient'
  | 'unregisterGradient'
  | 'serialization'
  | 'tidy'
  | 'grads'
  | 'cast'
  | 'add'
  | 'mul'
  | 'div'
  | 'abs'
  | 'erf'
  | 'clipByValue'
  | 'relu'
  | 'relu6'
  | 'leakyRelu'
  | 'elu'
  | 'selu'
  | 'sigmoid'
  | 'tanh'
  | 'softplus'
>

/** A uniform of a program. */
export interface Uniform {
  readonly type: 'int32' | 'float32'
  readonly data: number[]
}

/** A program as TensorFlow.js's WebGPU backend runs it: its type `WebGPUProgram`. */
export interface Program {
  /** The backend labels and times programs by the name of their class. */
  readonly constructor: { readonly name: string }
  readonly shaderKey: string
  readonly outputShape: number[]
  readonly outputComponent: number
  readonly variableNames: string[]
  readonly variableComponents: number[]
  readonly workgroupSize: [number, number, number]
  readonly dispatch: [number, number, number]
  readonly dispatchLayout: { readonly x: number[] }
  readonly uniforms: string
  getUserCode: () => string
}

/** The public methods of TensorFlow.js's WebGPU backend that kernels use. */
export interface Backend {
  readonly device: GPUDevice
  readonly tensorMap: { get: (dataId: object) => { readonly dtype: string } | undefined }
  makeTensorInfo: (shape: number[], dtype: 'float32') => core.TensorInfo
  disposeData: (dataId: object) => boolean
  runWebGPUProgram: (
    program: Program,
    inputs: readonly core.TensorInfo[],
    dtype: 'float32',
    uniforms?: readonly Uniform[],
    output?: core.TensorInfo,
  ) => core.TensorInfo
}

/** The name under which TensorFlow.js registers its WebGPU backend. */
export const WEBGPU = 'webgpu'

/** Returns true if a backend runs programs that an application defines. */
export function runsPrograms(backend: unknown): backend is Backend {
  return typeof (backend as Partial<Backend> | undefined)?.runWebGPUProgram === 'function'
}

/** Returns true if a backend holds all tensors as float32. A cast may share the data of another type. */
export function areFloats(backend: Backend, tensors: readonly (core.TensorInfo | undefined)[]): boolean {
  return tensors.every(
    tensor => tensor?.dtype === 'float32' && backend.tensorMap.get(tensor.dataId)?.dtype === 'float32',
  )
}
