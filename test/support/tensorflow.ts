// The module registers gradients, which TensorFlow.js's core leaves out.
// oxlint-disable-next-line import/no-unassigned-import
import '@tensorflow/tfjs-core/dist/register_all_gradients'
import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { onTestFinished } from 'vitest'
import { type TensorFlow, useActivations, type UseActivationsOptions } from '../../src/tensorflow.ts'
import { testDevice } from './gpu.ts'

/** TensorFlow.js on the device of the tests; a file calls it at its top. */
export async function openTensorFlow(device?: GPUDevice): Promise<WebGPUBackend> {
  const backend = new WebGPUBackend(device ?? (await testDevice()), (device ?? (await testDevice())).adapterInfo)
  // Files share what is registered.
  if (tf.findBackendFactory('webgpu') !== null) tf.removeBackend('webgpu')
  tf.registerBackend('webgpu', () => backend)
  await tf.setBackend('webgpu')
  // Small results too are computed on the GPU, and a kernel that leaves data behind throws.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  tf.env().set('IS_TEST', true)
  return backend
}

/** Puts our kernels in until the test ends. */
export function withActivations(options?: UseActivationsOptions, copy: TensorFlow = tf): () => void {
  const restore = useActivations(copy, options)
  onTestFinished(restore)
  return restore
}

/** Computes, and tells the names of the programs that ran, each a dispatch. */
export function dispatchesOf<Result>(compute: () => Result): { readonly result: Result; readonly programs: string[] } {
  const backend = tf.backend() as WebGPUBackend
  const programs: string[] = []
  const run = backend.runWebGPUProgram.bind(backend)
  backend.runWebGPUProgram = (program, ...rest) => {
    programs.push(program.constructor.name)
    return run(program, ...rest)
  }
  try {
    return { result: compute(), programs }
  } finally {
    Reflect.deleteProperty(backend, 'runWebGPUProgram')
  }
}

/** Reads a tensor, and disposes of it. */
export async function readTensor(tensor: tf.Tensor): Promise<Float32Array> {
  const values = Float32Array.from(await tensor.data<'float32'>())
  tensor.dispose()
  return values
}
