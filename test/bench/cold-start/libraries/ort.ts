import { onnxModel } from '../../../../demo/peers/onnx-model.ts'

type Ort = Pick<typeof import('onnxruntime-web'), 'InferenceSession' | 'Tensor' | 'env'>

/** A build of ONNX Runtime Web, on one of its execution providers. */
export async function reluOn(ort: Ort, provider: string, wasm: string, x: Float32Array): Promise<Float32Array> {
  ort.env.wasm.wasmPaths = { wasm }
  ort.env.wasm.numThreads = 1
  const model = onnxModel({ type: 'Relu' })
  const session = await ort.InferenceSession.create(model, { executionProviders: [provider] })
  const { y } = await session.run({ x: new ort.Tensor('float32', x, [x.length]) })
  return (await y!.getData()) as Float32Array
}
