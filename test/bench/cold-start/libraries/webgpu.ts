import { createDispatcher, relu as createRelu } from '../../../../src/index.ts'

export async function relu(x: Float32Array): Promise<Float32Array> {
  const dispatcher = await createDispatcher({ processor: 'webgpu' })
  return dispatcher.forward(createRelu(), x)
}
