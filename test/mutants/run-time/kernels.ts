import { requestDevice } from '../../../src/gpu/device/device.ts'
import type { Activation } from '../../../src/activations/support/activation.ts'
import { type GluActivation, isGlu } from '../../../src/activations/support/glu-activation.ts'
import type { Cpu } from '../../../src/cpu/interface.ts'
import type { Task } from '../../../src/operations/task.ts'
import { AlphaCall } from '../../../src/dispatcher/alpha-call.ts'
import type { Call } from '../../../src/dispatcher/calls.ts'
import { loadGpuPart } from '../../../src/dispatcher/gpu-part.ts'
import { ElementwiseCall } from '../../../src/dispatcher/elementwise-call.ts'
import type { FloatArray, FloatFormat, Format } from '../../../src/support/formats.ts'
import { hardTanh, leakyRelu, prelu, relu, swiglu, tanh } from '../../../src/index.ts'
import { FOREVER } from '../../../src/support/deadlines.ts'
import { operationOf, type Variant } from '../../../src/operations/operation.ts'
import { allSubjects, make } from '../../accuracy/subjects.ts'

/** A kernel that a dispatcher may choose: all of its calls but for their arrays. */
export interface RunTimeKernel {
  /** As the dispatcher's report has it: `'relu forward f16'`. */
  readonly name: string
  readonly activation: Activation | GluActivation
  readonly direction: 'forward' | 'backward' | 'backwardAlpha'
  readonly format: Format
  readonly variant: Variant
}

const slopes = prelu({ alpha: Float32Array.of(0.25, -2, 0, 1.5), inner: 2 })

// What the formats add is the same for all: a few activations show it.
const INTO_FORMATS = [relu(), leakyRelu({ alpha: 0.01 }), tanh(), slopes, swiglu()]

/** Every kernel in float32, and in the other formats those of a few activations. */
export function runTimeKernels(): RunTimeKernel[] {
  const activations = [...allSubjects([{ name: 'gelu', parameters: { approximate: 'tanh' } }]).map(make), slopes]
  const inFloat32 = activations.flatMap(activation => kernelsOf(activation, 'f32'))
  const inFormats = (['f16', 'bf16'] as const).flatMap(format =>
    INTO_FORMATS.flatMap(activation => kernelsOf(activation, format)),
  )
  const ofSlopes = (['f32', 'f16', 'bf16'] as const).map(format => kernelOf(slopes, 'backwardAlpha', format))
  const ofIntegers = [relu(), hardTanh({ minValue: -1000, maxValue: 2000 })].flatMap(each => kernelsOf(each, 'i32'))
  return [...inFloat32, ...inFormats, ...ofIntegers, ...ofSlopes]
}

function kernelsOf(activation: Activation | GluActivation, format: Format): RunTimeKernel[] {
  const plain = (['forward', 'backward'] as const).map(direction => kernelOf(activation, direction, format))
  if (isGlu(activation)) return plain
  const fromY =
    activation.derivativeFromY === undefined ? [] : [kernelOf(activation, 'backward', format, { from: 'y' })]
  if (activation.gate === undefined) return [...plain, ...fromY]
  const ofMask = [
    kernelOf(activation, 'forward', format, { masked: true }),
    kernelOf(activation, 'backward', format, { from: 'mask' }),
  ]
  return [...plain, ...fromY, ...ofMask]
}

function kernelOf(
  activation: Activation | GluActivation,
  direction: RunTimeKernel['direction'],
  format: Format,
  variant: Variant = {},
): RunTimeKernel {
  const from = variant.from === undefined ? '' : ` from ${variant.from}`
  const name = `${activation} ${direction}${variant.masked === true ? ' mask' : ''}${from} ${format}`
  return { name, activation, direction, format, variant }
}

// It computes nothing here.
const NO_CPU = undefined as unknown as Cpu

/** A call of a kernel over these inputs, as a dispatcher makes it. */
export function callOf(kernel: RunTimeKernel, inputs: Task['inputs'], length: number): Call<unknown> {
  const { activation, direction, format, variant } = kernel
  if (direction === 'backwardAlpha') {
    const { x, dy } = inputs as Readonly<Record<'x' | 'dy', FloatArray>>
    const single = activation as Activation
    const operands = {
      activation: single,
      channels: single.channels!,
      format: format as FloatFormat,
      inputs: { x, dy },
      signal: undefined,
    }
    return new AlphaCall(operands, NO_CPU)
  }
  const operation = operationOf(activation, direction, variant)
  return new ElementwiseCall({ activation, operation, inputs, length, format, out: {}, transfer: false }, NO_CPU)
}

/** What a call of a kernel is given, by name: its inputs. */
export function inputNames({ activation, direction, variant }: RunTimeKernel): string[] {
  const isPair = isGlu(activation)
  if (direction === 'forward') return isPair ? ['gate', 'up'] : ['x']
  if (isPair) return ['gate', 'up', 'dy']
  return [variant.from ?? 'x', 'dy']
}

let device: Promise<GPUDevice> | undefined

/** One device for all kernels of a process. */
export function sharedDevice(): Promise<GPUDevice> {
  return (device ??= loadGpuPart(FOREVER).then(() => requestDevice()))
}
