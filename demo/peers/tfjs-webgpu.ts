import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
import { untilDone } from '../measure/gpu.ts'
import type { OpenPeer } from './peer.ts'
import { openTfjs } from './tfjs.ts'

/** TensorFlow.js on its WebGPU backend, which computes on the page's device and reads the page's buffers. */
export const open: OpenPeer = (computations, device) => {
  if (device === undefined) throw new Error('there is no GPU device')
  // Without this it computes small arrays in JavaScript.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
  const backend = new WebGPUBackend(device, device.adapterInfo)
  return openTfjs(
    {
      peer: 'tfjs-webgpu',
      name: 'webgpu',
      make: () => backend,
      // zeroCopy: a tensor of the buffer itself, which it never destroys.
      place: ({ sets, buffers }, set, which) =>
        tf.tensor({ buffer: buffers!.sets[set]![which], zeroCopy: true }, [sets[set]![which].length], 'float32'),
      async finish() {
        // It submits every 15 dispatches, and the rest only before a read-back.
        backend.ensureCommandEncoderReady()
        backend.endComputePassEncoder()
        backend.submitQueue()
        await untilDone(device)
      },
    },
    computations,
  )
}
