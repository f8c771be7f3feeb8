// Where the project's libraries know WebGPU: a device, buffers, a pass.

import {
  type Activation,
  type BackwardBindings,
  type BufferBinding,
  createDispatcher,
  createKernels,
  type DeviceErrorEvent,
  type Dispatcher,
  type ForwardBindings,
  type GluActivation,
  type Kernels,
  type KernelsOptions,
  type GluBackwardBindings,
  type GluForwardBindings,
  type PackedBackwardBindings,
  type PackedForwardBindings,
  type PackedPairs,
  relu,
  swiglu,
} from 'webgpu-activations'
import {
  activationStatistics,
  clipByGlobalNorm,
  createDiagnostics,
  type Diagnostics,
  readStatistics,
  type TensorStatistics,
} from 'webgpu-activations/diagnostics'
import { activate, type GpuTensor, useDevice } from 'webgpu-activations/onnxruntime'
import { is } from './same.ts'

export async function adopt(device: GPUDevice, signal: AbortSignal, storage: Storage): Promise<Dispatcher> {
  const options: KernelsOptions = { tune: undefined }
  is<Kernels>()(createKernels(device, options))
  // @ts-expect-error An adapter is none.
  void createDispatcher({ device: {} as GPUAdapter })
  // @ts-expect-error
  createKernels({})
  // @ts-expect-error Perhaps there is none.
  createKernels(undefined as GPUDevice | undefined)
  return createDispatcher({ device, signal, storage })
}

export function record(kernels: Kernels, pass: GPUComputePassEncoder, buffer: GPUBuffer, size?: number): void {
  const x: GPUBufferBinding = { buffer, offset: 0 }
  const y: BufferBinding = { buffer, size }
  kernels.forward(pass, relu(), { x, y })
  kernels.forward(pass, relu(), { x, y, mask: undefined, bias: { buffer }, format: 'bf16' })
  kernels.forward(pass, swiglu(), { gate: x, up: x, y, upBias: { buffer } })
  kernels.backward(pass, relu(), { x, dy: x, dx: y, accumulate: true })
  kernels.backward(pass, relu(), { mask: x, dy: x, dx: y })
  kernels.backward(pass, swiglu(), { gate: x, up: x, dy: x, dGate: y, dUp: y })
  // @ts-expect-error A range of a buffer, not a buffer.
  kernels.forward(pass, relu(), { x: buffer, y })
  // @ts-expect-error Not a buffer.
  kernels.forward(pass, relu(), { x: { buffer: {} }, y })
  // @ts-expect-error Not a pass of this kind.
  kernels.forward({} as GPURenderPassEncoder, relu(), { x, y })
  // @ts-expect-error A pair's.
  kernels.forward(pass, relu(), { gate: x, up: x, y })
  // @ts-expect-error An activation's.
  kernels.forward(pass, swiglu(), { x, y })
  // @ts-expect-error Where does dx go?
  kernels.backward(pass, relu(), { x, dy: x })
  // @ts-expect-error No such binding.
  kernels.forward(pass, relu(), { x, y, z: y })
  // @ts-expect-error No such format.
  kernels.forward(pass, relu(), { x, y, format: 'f64' })
}

/** Gate and up in one tensor. */
export function recordPacked(kernels: Kernels, pass: GPUComputePassEncoder, x: BufferBinding, columns: number): void {
  kernels.forward(pass, swiglu(), { x, y: x, columns })
  kernels.forward(pass, swiglu(), { x, y: x, columns, layout: 'interleaved', order: 'up-gate', format: 'bf16' })
  kernels.backward(pass, swiglu(), { x, dy: x, dx: x, columns, layout: undefined, accumulate: true })
  void kernels.prepare([swiglu()], { columns, layout: 'halves', order: 'gate-up', signal: undefined })
  const packed: PackedPairs = { columns }
  kernels.forward(pass, swiglu(), { x, y: x, ...packed })
  const bindings: PackedForwardBindings | PackedBackwardBindings = { x, y: x, columns }
  void bindings
  // @ts-expect-error Both forms.
  kernels.forward(pass, swiglu(), { x, gate: x, up: x, y: x, columns })
  // @ts-expect-error
  kernels.forward(pass, swiglu(), { gate: x, up: x, y: x, columns })
  // @ts-expect-error
  kernels.backward(pass, swiglu(), { x, dy: x, dGate: x, dUp: x, columns })
  // @ts-expect-error Of how many columns?
  kernels.backward(pass, swiglu(), { x, dy: x, dx: x })
  // @ts-expect-error It takes no bias.
  kernels.forward(pass, swiglu(), { x, y: x, columns, bias: x })
  // @ts-expect-error No such layout.
  kernels.forward(pass, swiglu(), { x, y: x, columns, layout: 'rows' })
  // @ts-expect-error An activation has no columns.
  kernels.forward(pass, relu(), { x, y: x, columns })
}

/** An activation or a pair, with bindings of either. */
export function recordEither<A extends Activation | GluActivation>(
  kernels: Kernels,
  pass: GPUComputePassEncoder,
  given: Activation | GluActivation,
  generic: A,
  forward: ForwardBindings | GluForwardBindings,
  backward: BackwardBindings | GluBackwardBindings,
): void {
  kernels.forward(pass, given, forward)
  kernels.backward(pass, given, backward)
  kernels.forward(pass, generic, forward)
  kernels.backward(pass, generic, backward)
}

export const failed = (event: DeviceErrorEvent): GPUError => event.error

export async function diagnose(
  device: GPUDevice,
  pass: GPUComputePassEncoder,
  buffer: GPUBuffer,
  dispatcher: Dispatcher,
  activation: Activation,
): Promise<TensorStatistics> {
  const diagnostics = createDiagnostics(device)
  is<Diagnostics>()(diagnostics)
  const x: BufferBinding = { buffer, offset: 4, size: undefined }
  diagnostics.activationStatistics(pass, activation, { x, statistics: { buffer }, units: undefined, format: 'f16' })
  diagnostics.deadUnits(pass, activation, { x, seen: { buffer }, units: 3, accumulate: true })
  diagnostics.gradientNorm(pass, [x], { norm: { buffer } })
  diagnostics.clipByGlobalNorm(pass, [x], 5)
  // @ts-expect-error The norm has to go somewhere.
  diagnostics.gradientNorm(pass, [x])
  // @ts-expect-error A GLU is a function of two tensors.
  diagnostics.activationStatistics(pass, swiglu(), { x, statistics: { buffer } })
  is<number>()(await clipByGlobalNorm(dispatcher, [new Float32Array(1)], 5, { signal: undefined }))
  is<TensorStatistics>()(readStatistics(new ArrayBuffer(80)))
  return activationStatistics(dispatcher, activation, [new Float32Array(4), new Uint16Array(4)], { units: 2 })
}

/** A tensor as ONNX Runtime has it. */
export interface Tensor extends GpuTensor {
  readonly type: 'float32' | 'float16'
  reshape(dims: readonly number[]): Tensor
}

export function besideOnnxRuntime(device: GPUDevice, pass: GPUComputePassEncoder, tensor: Tensor): Tensor {
  const { executionProviders, preferredOutputLocation } = useDevice({ env: { webgpu: {} } }, device)
  is<GPUDevice>()(executionProviders[0].device)
  is<'gpu-buffer'>()(preferredOutputLocation)
  const kernels = createKernels(device)
  // @ts-expect-error An activation has one tensor.
  activate(kernels, pass, { gate: tensor, up: tensor }, relu())
  // @ts-expect-error A GLU is a function of two tensors.
  activate(kernels, pass, tensor, swiglu())
  is<Tensor>()(activate(kernels, pass, tensor, relu(), { out: undefined }))
  return activate(kernels, pass, { gate: tensor, up: tensor }, swiglu(), { out: tensor })
}
