import type { Activation } from '../activations/support/activation.ts'
import { checkActivation } from '../activations/support/check.ts'
import { type GluActivation, isGlu } from '../activations/support/glu-activation.ts'
import { knownBuffer } from '../gpu/bindings/buffers.ts'
import { BufferUsage } from '../gpu/device/constants.ts'
import { deviceOf, type ForwardBindings, type Kernels } from '../gpu/record/kernels.ts'
import { BYTES_PER_VECTOR } from '../operations/layout.ts'
import { InputError, show } from '../support/errors.ts'
import type { GPUComputePassEncoder } from '../support/platform-types.ts'
import { weakly } from '../support/platform.ts'
import { reading, readOptions } from '../support/reading.ts'
import { download, elementsOf } from './download.ts'
import { askOwner, checkOwner } from './owner.ts'
import { type GpuTensor, type ReadTensor, readTensor } from './tensors.ts'

/** The two tensors of a GLU activation, of one length and type. */
export interface GluTensors<Tensor extends GpuTensor> {
  /** The input of the activation. */
  readonly gate: Tensor
  /** The other factor. */
  readonly up: Tensor
}

/** The options of {@link activate}. */
export interface ActivateOptions<Tensor extends GpuTensor> {
  /**
   * The tensor for the result, as long as the input and of its type; it may be an input itself. Without it the result
   * gets a new buffer.
   */
  readonly out?: Tensor | undefined
}

/**
 * Records y = activation(x) of a tensor of ONNX Runtime Web into the caller's pass, and returns y as another tensor: of
 * the same class, shape and type, in a GPU buffer. Nothing is copied or read back.
 *
 * A new result has a buffer of its own, which `dispose` frees and `getData` downloads. Submit the pass before
 * `getData`, before a session runs on the result, and before an input or the result is disposed of. A tensor without
 * elements needs no work; its result has its data on the CPU, as ONNX Runtime's have.
 *
 * A tensor of another device is refused where that is known. WebGPU tells of it asynchronously: the first time, its error
 * reaches your error scopes or `uncapturederror`, and `getData` of the result rejects with a BindingError; later calls
 * with that buffer throw it.
 *
 * @param kernels from `createKernels(device)`, of the device that the session uses: {@link useDevice}
 * @param tensor of type float32 or float16; for a GLU activation `{ gate, up }`
 * @throws InputError, BindingError or DestroyedError before anything is recorded; GpuError when memory runs out
 */
export function activate<Tensor extends GpuTensor>(
  kernels: Kernels,
  pass: GPUComputePassEncoder,
  tensor: Tensor,
  activation: Activation,
  options?: ActivateOptions<Tensor>,
): Tensor
export function activate<Tensor extends GpuTensor>(
  kernels: Kernels,
  pass: GPUComputePassEncoder,
  tensors: GluTensors<Tensor>,
  activation: GluActivation,
  options?: ActivateOptions<Tensor>,
): Tensor
export function activate(
  kernels: Kernels,
  pass: GPUComputePassEncoder,
  tensors: unknown,
  activation: Activation | GluActivation,
  options?: ActivateOptions<GpuTensor>,
): GpuTensor {
  const device = deviceOf(kernels)
  if (device === undefined) {
    throw new InputError(
      'invalid-argument',
      `The kernels are ${show(kernels)}.`,
      'Give what createKernels(device) made, of the same copy of this library.',
    )
  }
  checkActivation(activation)
  const { out } = readOptions('activate', options, ['out'], 'Give { out: tensor }.')
  const inputs = isGlu(activation) ? readPair(activation, tensors) : [readTensor('The tensor', tensors)]
  const result = out === undefined ? undefined : readTensor('out', out)
  const all = result === undefined ? inputs : [...inputs, result]
  const [first] = inputs as [ReadTensor]
  for (const other of all) checkAlike(first, other)
  const { type, format, dims, size, bytes } = first
  if (size === 0) return result?.tensor ?? new first.class(type, elementsOf(type, new ArrayBuffer(0)), dims)
  for (const { name, buffer } of all) checkOwner(name, buffer!, device)

  const label = `webgpu-activations ${activation.name}`
  const buffer =
    result?.buffer ??
    device.createBuffer({
      label,
      // ONNX Runtime reads and writes four float32 at a time, the last few too.
      size: Math.ceil(bytes / BYTES_PER_VECTOR) * BYTES_PER_VECTOR,
      usage: BufferUsage.STORAGE | BufferUsage.COPY_SRC | BufferUsage.COPY_DST,
    })
  // The device need not be asked whose it is.
  if (result === undefined) knownBuffer(buffer).owner = weakly(device)
  const names = isGlu(activation) ? ['gate', 'up'] : ['x']
  const bound = [...names.map((name, i) => [name, inputs[i]!.buffer!] as const), ['y', buffer] as const]
  const bindings = Object.fromEntries(bound.map(([name, of]) => [name, { buffer: of, size: bytes }]))
  try {
    kernels.forward(pass, activation as Activation, { ...bindings, format } as unknown as ForwardBindings)
  } catch (error) {
    if (result === undefined) buffer.destroy()
    throw error
  }
  const accepted = Promise.all(all.map(({ name, buffer: given }) => askOwner(name, given!, device)))
  // The next call with such a buffer throws what the device said.
  accepted.catch(() => undefined)
  if (result !== undefined) return result.tensor
  return first.class.fromGpuBuffer(buffer, {
    dataType: type,
    dims,
    download: async () => {
      await accepted
      return elementsOf(type, await download(device, buffer, bytes))
    },
    dispose: () => buffer.destroy(),
  })
}

/** @throws InputError */
function readPair(activation: GluActivation, tensors: unknown): ReadTensor[] {
  const { gate, up } = reading('The tensors', () => ({ ...(tensors as Partial<GluTensors<GpuTensor>>) }))
  if (gate === undefined || up === undefined) {
    const message = `${activation} has two tensors and was given ${show(tensors)}.`
    throw new InputError('invalid-argument', message, 'Give { gate, up }.')
  }
  return [readTensor('gate', gate), readTensor('up', up)]
}

/** @throws InputError unless two tensors have one type and length */
function checkAlike(first: ReadTensor, other: ReadTensor): void {
  const [what, fix] = [
    `${first.name} has ${first.size} elements of ${first.type}`,
    'Give tensors of one type and length.',
  ]
  if (other.type === first.type && other.size === first.size) return
  const code = other.type === first.type ? 'length-mismatch' : 'invalid-argument'
  throw new InputError(code, `${what} and ${other.name} ${other.size} of ${other.type}.`, fix)
}
