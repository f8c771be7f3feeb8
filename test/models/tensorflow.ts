import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { requestSharedDevice } from '../../demo/examples/device.ts'
import { countWork, type Work } from '../../demo/lab/tensorflow/work.ts'

/** Runs TensorFlow.js on its WebGPU backend, on the lane's device. @returns a function that gives the work since its last call */
export async function openTensorFlow(): Promise<() => Work> {
  const device = await requestSharedDevice()
  const backend = new WebGPUBackend(device, device.adapterInfo)
  // The package registers one of its own where it finds a window.
  if (tf.findBackendFactory('webgpu') !== null) tf.removeBackend('webgpu')
  tf.registerBackend('webgpu', () => backend)
  await tf.setBackend('webgpu')
  // Without this it computes small tensors in JavaScript.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  return countWork(backend)
}

/** The largest difference of two arrays; NaN where only one of two elements is NaN, or they differ in length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return NaN
  return Array.from(a, (value, i) => (Object.is(value, b[i]) ? 0 : Math.abs(value - b[i]!))).reduce(larger, 0)
}

export function largestMagnitude(a: ArrayLike<number>): number {
  return Array.from(a, Math.abs).reduce(larger, 0)
}

/** The larger of two; NaN if one is. */
function larger(a: number, b: number): number {
  return Math.max(a, b)
}
