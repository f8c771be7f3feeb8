import { InputError, show } from '../support/errors.ts'
import { BYTES_PER_ELEMENT } from '../support/formats.ts'
import type { GPUBuffer } from '../support/platform-types.ts'
import { reading } from '../support/reading.ts'

/** A tensor of ONNX Runtime, of any copy and version of it. */
export interface GpuTensor {
  /** `'gpu-buffer'` for a tensor that can be activated. */
  readonly location: string
  /** `'float32'` or `'float16'` for a tensor that can be activated. */
  readonly type: string
  /** The shape. */
  readonly dims: readonly number[]
  /** The number of elements. */
  readonly size: number
  /** The buffer of the elements, which may be longer. */
  readonly gpuBuffer: GPUBuffer
  /** Downloads the elements. @param releaseData true to free the buffer */
  getData(releaseData?: boolean): Promise<unknown>
  /** Frees the buffer, or gives it back to ONNX Runtime. */
  dispose(): void
}

/** The class of a tensor, with what is used of it. */
interface TensorClass {
  new (type: string, data: unknown, dims: readonly number[]): GpuTensor
  fromGpuBuffer(
    buffer: GPUBuffer,
    options: {
      readonly dataType: string
      readonly dims: readonly number[]
      readonly download: () => Promise<unknown>
      readonly dispose: () => void
    },
  ): GpuTensor
}

const FORMATS = { float32: 'f32', float16: 'f16' } as const

type ElementType = keyof typeof FORMATS

/** A tensor as it was read. */
export interface ReadTensor {
  readonly name: string
  readonly tensor: GpuTensor
  readonly class: TensorClass
  readonly type: ElementType
  readonly format: 'f32' | 'f16'
  readonly dims: readonly number[]
  /** In elements. */
  readonly size: number
  /** In bytes. The buffer may be longer. */
  readonly bytes: number
  /** Undefined for a tensor without elements. */
  readonly buffer: globalThis.GPUBuffer | undefined
}

/** Reads a tensor whose elements are in a GPU buffer, or that has none. @throws InputError */
export function readTensor(name: string, given: unknown): ReadTensor {
  const refuse = (message: string, fix: string): never => {
    throw new InputError('invalid-argument', `${name} ${message}.`, fix)
  }
  const tensor = Object(given) as GpuTensor
  const read = reading(name, () => {
    const { location, type, dims, size, constructor } = tensor
    const buffer = location === 'gpu-buffer' ? tensor.gpuBuffer : undefined
    return { location, type, dims, size, buffer, class: constructor as unknown as Partial<TensorClass> }
  })
  const { location, type, dims, size, buffer } = read
  if (typeof read.class?.fromGpuBuffer !== 'function' || !Number.isSafeInteger(size) || !Array.isArray(dims)) {
    return refuse(`is ${show(given)}`, 'Give a tensor of ONNX Runtime; transformers.js has it as ort_tensor.')
  }
  if (location === 'none') return refuse('is disposed', 'Dispose of a tensor after its last use.')
  if (!isElementType(type)) {
    return refuse(`has elements of type ${show(type)}`, 'Give one of float32 or float16; a model may end in a Cast.')
  }
  // ONNX Runtime gives a result without elements on the CPU, whatever location is preferred.
  if (buffer === undefined && size > 0) {
    const fix =
      "Create the session with the options of useDevice, which have preferredOutputLocation: 'gpu-buffer'. After getData() a tensor is on the CPU too."
    return refuse(`has its data at ${show(location)}, not in a GPU buffer`, fix)
  }
  const format = FORMATS[type]
  const bytes = size * BYTES_PER_ELEMENT[format]
  return { name, tensor, class: read.class as TensorClass, type, format, dims: [...dims], size, bytes, buffer }
}

function isElementType(type: unknown): type is ElementType {
  return typeof type === 'string' && Object.hasOwn(FORMATS, type)
}
