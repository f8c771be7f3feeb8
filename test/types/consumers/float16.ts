// Where TypeScript's library has Float16Array.

import {
  createDispatcher,
  type Dispatcher,
  type ElementArray,
  type GluGradients,
  relu,
  swiglu,
} from 'webgpu-activations'
import { is } from './same.ts'

type Own = Float16Array<ArrayBuffer>

export async function halves(dispatcher: Dispatcher, x: Float16Array): Promise<ElementArray> {
  is<Own>()(await dispatcher.forward(relu(), x))
  is<Own>()(await dispatcher.forward(relu(), x, { format: 'f16' }))
  is<Float16Array>()(await dispatcher.backward(relu(), { y: x }, x, { out: x }))
  is<GluGradients<Own>>()(await dispatcher.backward(swiglu(), x, x, x))
  // @ts-expect-error Another kind.
  void dispatcher.forward(swiglu(), x, new Float32Array(8))
  // @ts-expect-error
  void dispatcher.forward(relu(), x, { format: 'bf16' })
  return x
}

/** The library that has Float16Array has Symbol.dispose, too. */
export async function disposed(x: Float16Array): Promise<ElementArray> {
  using dispatcher = await createDispatcher()
  is<() => void>()(dispatcher[Symbol.dispose])
  return await dispatcher.forward(relu(), x)
}
