import { WebGPUBackend } from '@tensorflow/tfjs-backend-webgpu'
import * as tf from '@tensorflow/tfjs-core'
// In a project of yours: from 'webgpu-activations'.
import { createKernels, type Kernels, relu } from '../../src/index.ts'
import { requestSharedDevice, storageBuffer } from './device.ts'
import { countNaN, largestDifference, showOutcome, wave } from './outcome.ts'

// A network of two convolutions by TensorFlow.js, and this library's relu between them. From the picture to the result
// everything stays on one device: nothing is read back, and TensorFlow.js makes one copy on the GPU.

/** Makes TensorFlow.js use our device. */
async function useDevice(device: GPUDevice): Promise<void> {
  // The package has registered a backend with a device of its own. TensorFlow.js finds kernels by the name, so it stays.
  tf.removeBackend('webgpu')
  tf.registerBackend('webgpu', () => new WebGPUBackend(device, device.adapterInfo))
  await tf.setBackend('webgpu')
  // Without this small tensors are computed on the CPU, and `dataToGPU` throws.
  tf.env().set('WEBGPU_CPU_FORWARD', false)
}

/** relu of a tensor, as another tensor. It is submitted to the queue that both use, so no wait is needed. */
function reluOf<T extends tf.Tensor>(features: T, device: GPUDevice, kernels: Kernels): T {
  // Submits the commands of TensorFlow.js and copies the tensor: its own buffer is not accessible. The copy is a tensor of its own,
  // so relu can be computed in place.
  const { buffer, tensorRef } = features.dataToGPU() as { buffer: GPUBuffer; tensorRef: T }
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  kernels.forward(pass, relu(), { x: { buffer }, y: { buffer } })
  pass.end()
  device.queue.submit([encoder.finish()])
  return tensorRef
}

async function read(tensor: tf.Tensor): Promise<Float32Array> {
  const values = await tensor.data<'float32'>()
  tensor.dispose()
  return values
}

void showOutcome(async () => {
  const device = await requestSharedDevice()
  await useDevice(device)
  const kernels = createKernels(device)
  await kernels.prepare([relu()])

  const firstWeights = tf.tensor4d(wave(27, 2.3), [3, 3, 1, 3])
  const secondWeights = tf.tensor4d(wave(54, 1.7), [3, 3, 3, 2])
  const first = (picture: tf.Tensor4D): tf.Tensor4D => tf.conv2d(picture, firstWeights, 1, 'same')
  const second = (features: tf.Tensor4D): tf.Tensor4D => tf.conv2d(features, secondWeights, 1, 'same')

  // zeroCopy: the tensor uses the buffer itself, which has to live as long.
  const pictureOf = (values: Float32Array<ArrayBuffer>): tf.Tensor4D =>
    tf.tensor({ buffer: storageBuffer(device, values), zeroCopy: true }, [1, 31, 33, 1])

  const withOurRelu = (picture: tf.Tensor4D): Promise<Float32Array> => {
    performance.mark('network starts')
    const result = tf.tidy(() => second(reluOf(first(picture), device, kernels)))
    performance.mark('network ends')
    return read(result)
  }
  const withTheirRelu = (picture: tf.Tensor4D): Promise<Float32Array> =>
    read(tf.tidy(() => second(tf.relu(first(picture)))))

  const values = wave(31 * 33, 0.7)
  const sound = pictureOf(values)
  const ours = await withOurRelu(sound)
  const theirs = await withTheirRelu(sound)
  values[500] = NaN
  const broken = pictureOf(values)
  const oursOfBroken = await withOurRelu(broken)
  const theirsOfBroken = await withTheirRelu(broken)

  return {
    'TensorFlow.js': tf.version_core,
    'Elements in the result': String(ours.length),
    'Largest difference from a network with its own relu': String(largestDifference(ours, theirs)),
    'NaN in the result when one pixel is NaN': String(countNaN(oursOfBroken)),
    'The same with its own relu': String(countNaN(theirsOfBroken)),
  }
})
