import * as ort from 'onnxruntime-web/webgpu'
import wasm from 'onnxruntime-web/ort-wasm-simd-threaded.asyncify.wasm?url'
// In a project of yours: from 'webgpu-activations' and 'webgpu-activations/onnxruntime'.
import { createKernels, type Kernels, relu } from '../../src/index.ts'
import { activate, useDevice } from '../../src/onnxruntime.ts'
import { requestSharedDevice, storageBuffer } from './device.ts'
import { type Convolution, onnxModel } from './onnx-model.ts'
import { countNaN, largestDifference, showOutcome, wave } from './outcome.ts'

// A network of two convolutions by ONNX Runtime Web, and this library's relu between them. From the picture to the
// result everything stays on one device: nothing is read back, nothing is copied.

/** relu of a tensor, as another tensor. It is submitted to the queue that both use, so no wait is needed. */
function reluOf(features: ort.Tensor, device: GPUDevice, kernels: Kernels): ort.Tensor {
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  const activated = activate(kernels, pass, features, relu())
  pass.end()
  device.queue.submit([encoder.finish()])
  return activated
}

async function read(tensor: ort.Tensor): Promise<Float32Array> {
  return (await tensor.getData(true)) as Float32Array
}

void showOutcome(async () => {
  // ONNX Runtime looks for this file beside its script. The bundler has moved it.
  ort.env.wasm.wasmPaths = { wasm }

  const picture = [1, 1, 31, 33] as const
  const first: Convolution = { shape: [3, 1, 3, 3], weights: wave(27, 2.3) }
  const second: Convolution = { shape: [2, 3, 3, 3], weights: wave(54, 1.7) }
  const device = await requestSharedDevice()
  const options = useDevice(ort, device)
  const firstSession = await ort.InferenceSession.create(onnxModel(picture, [first]), options)
  const secondSession = await ort.InferenceSession.create(onnxModel([1, 3, 31, 33], [second]), options)
  const wholeSession = await ort.InferenceSession.create(onnxModel(picture, [first, 'relu', second]), options)
  const kernels = createKernels(device)
  await kernels.prepare([relu()])

  const pictureOf = (values: Float32Array<ArrayBuffer>): ort.Tensor =>
    ort.Tensor.fromGpuBuffer(storageBuffer(device, values), { dataType: 'float32', dims: picture })

  const withOurRelu = async (x: ort.Tensor): Promise<Float32Array> => {
    performance.mark('network starts')
    const { y: features } = await firstSession.run({ x })
    const activated = reluOf(features!, device, kernels)
    const { y: result } = await secondSession.run({ x: activated })
    performance.mark('network ends')
    features!.dispose()
    activated.dispose()
    return read(result!)
  }
  const withTheirRelu = async (x: ort.Tensor): Promise<Float32Array> => read((await wholeSession.run({ x }))['y']!)

  const values = wave(31 * 33, 0.7)
  const sound = pictureOf(values)
  const ours = await withOurRelu(sound)
  const theirs = await withTheirRelu(sound)
  values[500] = NaN
  const broken = pictureOf(values)
  const oursOfBroken = await withOurRelu(broken)
  const theirsOfBroken = await withTheirRelu(broken)

  return {
    'ONNX Runtime Web': ort.env.versions.web!,
    'Elements in the result': String(ours.length),
    'Largest difference from a network with its own relu': String(largestDifference(ours, theirs)),
    'NaN in the result when one pixel is NaN': String(countNaN(oursOfBroken)),
    'The same with its own relu': String(countNaN(theirsOfBroken)),
  }
})
