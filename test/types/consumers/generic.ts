// Code that is generic over the kind of array, or over activations and pairs.

import {
  type Activation,
  type Dispatcher,
  type ElementArray,
  type FormatOf,
  type FormatOptions,
  type GluActivation,
  type Kernels,
  type LikeArray,
  type MaskedOutput,
  type MemoryOptions,
  type NewArray,
  type GluGradients,
  isGlu,
  relu,
  swiglu,
  wgsl,
} from 'webgpu-activations'
import { is } from './same.ts'

export const layer = <T extends ElementArray>(dispatcher: Dispatcher, activation: Activation, x: T) =>
  dispatcher.forward(activation, x)
export const gradient = <T extends ElementArray>(dispatcher: Dispatcher, x: T, dy: T) =>
  dispatcher.backward(relu(), x, dy)
export const pair = <T extends ElementArray>(dispatcher: Dispatcher, gate: T, up: LikeArray<T>) =>
  dispatcher.forward(swiglu(), gate, up)
export const pairGradients = <T extends ElementArray>(dispatcher: Dispatcher, x: T, out: GluGradients<T>) =>
  dispatcher.backward(swiglu(), x, x, x, { out })
export const into = <T extends ElementArray>(dispatcher: Dispatcher, x: T, out: T) =>
  dispatcher.forward(relu(), x, { out })
export const masked = <T extends ElementArray>(dispatcher: Dispatcher, x: T) =>
  dispatcher.forward(relu(), x, { mask: true })
export const inFormat = <T extends ElementArray>(dispatcher: Dispatcher, x: T, format: FormatOf<T>) =>
  dispatcher.forward(relu(), x, { format })
export const passedOn = <T extends ElementArray>(
  dispatcher: Dispatcher,
  x: T,
  options?: FormatOptions<T> & MemoryOptions<T>,
) => dispatcher.forward(relu(), x, options)
export const halves = <T extends ElementArray>(dispatcher: Dispatcher, x: T, options: { format?: 'f16' | 'bf16' }) =>
  dispatcher.forward(relu(), x, options)
export const annotated = async <T extends ElementArray>(dispatcher: Dispatcher, x: T): Promise<NewArray<T>> =>
  dispatcher.forward(relu(), x)
export const both = <D extends Dispatcher, A extends Activation, T extends Float32Array | Int32Array>(
  dispatcher: D,
  activation: A,
  x: T,
) => dispatcher.forward(activation, x, { signal: undefined })

/** Results go into further calls. */
export async function chain<T extends ElementArray>(dispatcher: Dispatcher, x: T) {
  const y = await dispatcher.forward(relu(), x)
  const elements: number = y.length
  await dispatcher.backward(relu(), x, y)
  await dispatcher.backward(relu(), y, x, { out: y })
  await dispatcher.backward(relu(), { y }, x)
  await dispatcher.forward(swiglu(), y, x)
  await dispatcher.backward(swiglu(), x, y, x)
  return { y, elements }
}

export async function used(dispatcher: Dispatcher, x: Float32Array, words: Uint16Array): Promise<void> {
  is<Float32Array<ArrayBuffer>>()(await layer(dispatcher, relu(), x))
  is<Uint16Array<ArrayBuffer>>()(await layer(dispatcher, relu(), words))
  is<Float32Array<ArrayBuffer>>()(await gradient(dispatcher, x, x))
  is<Float32Array<ArrayBuffer>>()(await pair(dispatcher, x, x))
  is<GluGradients<Float32Array>>()(await pairGradients(dispatcher, x, { dGate: x, dUp: x }))
  is<Float32Array>()(await into(dispatcher, x, x))
  is<MaskedOutput<Int32Array<ArrayBuffer>>>()(await masked(dispatcher, new Int32Array(8)))
  is<Uint16Array<ArrayBuffer>>()(await inFormat(dispatcher, words, 'bf16'))
  is<Float32Array<ArrayBuffer>>()((await chain(dispatcher, x)).y)
  // @ts-expect-error It is another kind's.
  void inFormat(dispatcher, x, 'bf16')
  // @ts-expect-error Another kind.
  const wrong: Int32Array = await layer(dispatcher, relu(), x)
  void wrong
}

/** Kinds that always need a format, and kinds that never have one. */
export const words = <T extends Uint16Array>(dispatcher: Dispatcher, x: T) =>
  // @ts-expect-error Of which format?
  dispatcher.forward(relu(), x)
export const floats = <T extends Float32Array>(dispatcher: Dispatcher, x: T) =>
  // @ts-expect-error It is another kind's.
  dispatcher.forward(relu(), x, { format: 'f16' })

/** An activation or a pair. */
export async function either(
  dispatcher: Dispatcher,
  given: Activation | GluActivation,
  x: Float32Array,
  up: Float32Array,
): Promise<void> {
  is<Float32Array<ArrayBuffer>>()(await dispatcher.forward(given, x, up))
  is<Float32Array>()(await dispatcher.forward(given, x, up, { out: x }))
  is<GluGradients>()(await dispatcher.backward(given, x, up, up))
  is<GluGradients<Float32Array>>()(await dispatcher.backward(given, x, up, up, { out: { dGate: x, dUp: up } }))
  is<string>()(wgsl(given))
  if (isGlu(given)) {
    is<GluActivation>()(given)
    await dispatcher.forward(given, x, up)
  } else {
    is<Activation>()(given)
    await dispatcher.forward(given, x)
  }
  const pairs: readonly GluActivation[] = [relu(), swiglu()].filter(isGlu)
  void pairs
  // @ts-expect-error An activation takes no up.
  void dispatcher.forward(relu(), x, up)
  // @ts-expect-error
  void dispatcher.backward(relu(), x, up, up)
  // @ts-expect-error A pair needs it.
  void dispatcher.forward(swiglu(), x)
  // @ts-expect-error
  void dispatcher.backward(swiglu(), x, up)
  // @ts-expect-error A pair has no mask.
  void dispatcher.forward(swiglu(), x, up, { mask: true })
  // @ts-expect-error It is a function that makes one.
  void dispatcher.forward(relu, x)
  // @ts-expect-error Copies are refused.
  void dispatcher.forward('relu', x)
}

export const anyPair = <A extends Activation | GluActivation, T extends ElementArray>(
  dispatcher: Dispatcher,
  given: A,
  gate: T,
  up: T,
) => dispatcher.forward(given, gate, up)

export const prepared = async (kernels: Kernels, set: readonly (Activation | GluActivation)[]): Promise<void> => {
  await kernels.prepare(set)
  await kernels.prepare([relu(), swiglu()] as const, { direction: 'forward', from: undefined, mask: true })
}
