// Arrays through a dispatcher: what they may be given as, and what comes back.

import {
  type CallOptions,
  type Dispatcher,
  type ForwardOptions,
  type GradientSource,
  type MaskedOutput,
  type MemoryOptions,
  type GluGradients,
  type PackedOptions,
  prelu,
  relu,
  swiglu,
} from 'webgpu-activations'
import { is } from './same.ts'

type Own = Float32Array<ArrayBuffer>
type Shared = Float32Array<SharedArrayBuffer>

export async function results(dispatcher: Dispatcher, own: Own, shared: Shared, any: Float32Array): Promise<void> {
  is<Own>()(await dispatcher.forward(relu(), own))
  is<Own>()(await dispatcher.forward(relu(), shared))
  is<Own>()(await dispatcher.forward(relu(), any, undefined))
  is<Own>()(await dispatcher.backward(relu(), any, shared))
  is<Own>()(await dispatcher.forward(swiglu(), shared, any))
  is<GluGradients>()(await dispatcher.backward(swiglu(), own, shared, any))
  is<Own>()(await dispatcher.backwardAlpha(prelu(), any, shared, {}))
  is<Own>()(dispatcher.allocate(8))
  // What the caller would like to have is not what comes.
  // @ts-expect-error New arrays are not shared.
  const wanted: Shared = await dispatcher.forward(relu(), shared)
  // @ts-expect-error
  const wantedOfPair: GluGradients<Shared> = await dispatcher.backward(swiglu(), own, own, own)
  // @ts-expect-error
  const wantedWithMask: MaskedOutput<Shared> = await dispatcher.forward(relu(), shared, { mask: true })
  void [wanted, wantedOfPair, wantedWithMask]
}

export async function packed(dispatcher: Dispatcher, own: Own, shared: Shared, words: Uint16Array): Promise<void> {
  is<Own>()(await dispatcher.forward(swiglu(), shared, { columns: 4 }))
  is<Shared>()(await dispatcher.forward(swiglu(), own, { columns: 4, layout: 'interleaved', out: shared }))
  is<Own>()(await dispatcher.backward(swiglu(), shared, own, { columns: 4, order: 'up-gate', transfer: true }))
  is<Shared>()(await dispatcher.backward(swiglu(), shared, own, { columns: 4, out: shared }))
  is<Uint16Array<ArrayBuffer>>()(await dispatcher.forward(swiglu(), words, { columns: 4, format: 'bf16' }))
  const options: PackedOptions<Own> = { columns: 4 }
  is<Own>()(await dispatcher.forward(swiglu(), own, options))
  // @ts-expect-error Of how many columns?
  void dispatcher.forward(swiglu(), own, { layout: 'halves' })
  // @ts-expect-error Of which format?
  void dispatcher.forward(swiglu(), words, { columns: 4 })
  // @ts-expect-error Both forms.
  void dispatcher.forward(swiglu(), own, own, { columns: 4 })
  // @ts-expect-error Two results.
  void dispatcher.backward(swiglu(), own, own, { columns: 4, out: { dGate: own, dUp: own } })
  // @ts-expect-error An activation has no columns.
  void dispatcher.forward(relu(), own, { columns: 4 })
}

export async function kinds(dispatcher: Dispatcher, words: Uint16Array, whole: Int32Array): Promise<void> {
  is<Uint16Array<ArrayBuffer>>()(await dispatcher.forward(relu(), words, { format: 'f16' }))
  is<Uint16Array<ArrayBuffer>>()(await dispatcher.backward(relu(), { y: words }, words, { format: 'bf16' }))
  is<GluGradients<Uint16Array<ArrayBuffer>>>()(
    await dispatcher.backward(swiglu(), words, words, words, { format: 'bf16' }),
  )
  is<Int32Array<ArrayBuffer>>()(await dispatcher.forward(relu(), whole))
  is<Int32Array<ArrayBuffer>>()(await dispatcher.forward(relu(), whole, { format: 'i32' }))
  const some = await dispatcher.forward(relu(), whole as Int32Array | Float32Array)
  is<Int32Array<ArrayBuffer> | Own>()(some)
  const inFormat: { format?: 'f16' } = {}
  // @ts-expect-error Of which format?
  void dispatcher.forward(relu(), words)
  // @ts-expect-error
  void dispatcher.forward(relu(), words, inFormat)
  // @ts-expect-error
  void dispatcher.forward(relu(), words, { format: undefined })
  // @ts-expect-error
  void dispatcher.forward(relu(), words, { mask: true, out: words })
  // @ts-expect-error
  void dispatcher.forward(swiglu(), words, words)
  // @ts-expect-error
  void dispatcher.backward(relu(), words, words)
  // @ts-expect-error
  void dispatcher.backward(swiglu(), words, words, words)
  // @ts-expect-error It is another kind's.
  void dispatcher.forward(relu(), words, { format: 'f32' })
  // @ts-expect-error
  void dispatcher.forward(relu(), whole, { format: 'f16' })
  // @ts-expect-error Two kinds.
  void dispatcher.backward(relu(), words, whole, { format: 'f16' })
  // @ts-expect-error
  void dispatcher.forward(swiglu(), whole, new Float32Array(8))
  // @ts-expect-error
  void dispatcher.backward(relu(), { y: whole }, new Float32Array(8))
  // @ts-expect-error No kind that it takes.
  void dispatcher.forward(relu(), new Float64Array(8))
  // @ts-expect-error
  void dispatcher.forward(relu(), [1, 2])
  // @ts-expect-error
  void dispatcher.forward(relu(), new Float32Array(8).buffer)
}

class Named extends Float32Array {
  readonly title = ''
}

export async function out(dispatcher: Dispatcher, own: Own, shared: Shared, any: Float32Array): Promise<void> {
  is<Float32Array>()(await dispatcher.forward(relu(), own, { out: any }))
  is<Shared>()(await dispatcher.forward(relu(), any, { out: shared, transfer: true }))
  is<Named>()(await dispatcher.forward(relu(), any, { out: new Named(8) }))
  is<Shared>()(await dispatcher.forward(swiglu(), own, any, { out: shared }))
  is<Float32Array>()(await dispatcher.backward(relu(), own, shared, { out: any }))
  is<Shared>()(await dispatcher.backward(relu(), { y: any }, own, { out: shared }))
  is<Float32Array>()(await dispatcher.backward(relu(), { mask: new Uint32Array(1) }, own, { out: any }))
  is<MaskedOutput<Shared>>()(await dispatcher.forward(relu(), own, { mask: true, out: shared }))
  is<GluGradients<Float32Array, Shared>>()(
    await dispatcher.backward(swiglu(), own, own, own, { out: { dGate: any, dUp: shared } }),
  )
  is<Float32Array>()(await dispatcher.forward(relu(), own, { out: undefined }))
  // @ts-expect-error Another kind.
  void dispatcher.forward(relu(), own, { out: new Int32Array(8) })
  // @ts-expect-error Two results.
  void dispatcher.backward(swiglu(), own, own, own, { out: any })
  // @ts-expect-error
  void dispatcher.backward(swiglu(), own, own, own, { out: { dGate: any } })
  // @ts-expect-error One result.
  void dispatcher.backward(relu(), own, own, { out: { dGate: any, dUp: any } })
  // @ts-expect-error No such option.
  void dispatcher.forward(relu(), own, { out: any, fromat: 'f32' })
  // @ts-expect-error
  void dispatcher.forward(swiglu(), own, own, { out: any, mask: true })
}

/** Options that are no literals. */
export async function variables(dispatcher: Dispatcher, x: Own, any: Float32Array, flag: boolean): Promise<void> {
  const memory = { out: any, transfer: false }
  is<Float32Array>()(await dispatcher.forward(relu(), x, memory))
  is<Float32Array>()(await dispatcher.forward(swiglu(), x, x, memory))
  is<Float32Array>()(await dispatcher.backward(relu(), x, x, memory))
  const declared: MemoryOptions<Float32Array> = memory
  is<Float32Array>()(await dispatcher.forward(relu(), x, declared))
  const gradients = { out: { dGate: any, dUp: x } }
  is<GluGradients<Float32Array, Own>>()(await dispatcher.backward(swiglu(), x, x, x, gradients))
  const call: CallOptions = { signal: undefined }
  is<Own>()(await dispatcher.forward(relu(), x, call))
  is<Own>()(await dispatcher.backwardAlpha(prelu(), x, x, call))
  is<Own>()(await dispatcher.forward(relu(), x, ...(flag ? [call] : [])))
  // A mask, or none.
  is<MaskedOutput>()(await dispatcher.forward(relu(), x, { mask: true }))
  is<Own>()(await dispatcher.forward(relu(), x, { mask: false }))
  for (const mask of [flag, undefined]) {
    const perhaps = await dispatcher.forward(relu(), x, { mask })
    is<Own>()('mask' in perhaps ? perhaps.y : perhaps)
  }
  const masked = { mask: true, out: any } as const
  is<MaskedOutput<Float32Array>>()(await dispatcher.forward(relu(), x, masked))
  const forward: ForwardOptions<Own, true> = { mask: true }
  is<MaskedOutput>()(await dispatcher.forward(relu(), x, forward))
  // What stands for x.
  const { y, mask } = await dispatcher.forward(relu(), x, { mask: true })
  const sources: (Float32Array | GradientSource)[] = [x, { y }, { mask }, { mask, y: undefined }]
  for (const source of sources) is<Own>()(await dispatcher.backward(relu(), source, x))
  // @ts-expect-error One of them.
  void dispatcher.backward(relu(), { y, mask }, x)
  // @ts-expect-error Words are of 32 bits.
  void dispatcher.backward(relu(), { mask: new Uint8Array(4) }, x)
}
