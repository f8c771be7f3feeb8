import { createDispatcher, relu as createRelu } from '../../../../src/index.ts'

export async function relu(x: Float32Array): Promise<Float32Array> {
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  return dispatcher.forward(createRelu(), x)
}
