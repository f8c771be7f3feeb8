import { requestDevice } from '../../../src/gpu/device/device.ts'
import type { Activation } from '../../../src/activations/support/activation.ts'
import { type GatedActivation, isGatedActivation } from '../../../src/activations/support/glu-activation.ts'
import type { Cpu } from '../../../src/cpu/cpu.ts'
import type { Task } from '../../../src/operations/task.ts'
import { backwardAlphaCall, type Call, elementwiseCall } from '../../../src/dispatcher/calls.ts'
import type { Format } from '../../../src/support/formats.ts'
import { leakyRelu, prelu, relu, swiglu, tanh } from '../../../src/index.ts'
import type { Features } from '../../../src/operations/operation.ts'
import { allSubjects, make } from '../../accuracy/subjects.ts'

/** A kernel that a dispatcher may choose: all of its calls but for their arrays. */
export interface RunTimeKernel {
  /** As the dispatcher's report has it: `'relu forward f16'`. */
  readonly name: string
  readonly activation: Activation | GatedActivation
  readonly direction: 'forward' | 'backward' | 'backwardAlpha'
  readonly format: Format
  readonly features: Features
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
  const ofSlopes = kernelOf(slopes, 'backwardAlpha', 'f32')
  return [...inFloat32, ...inFormats, ...kernelsOf(relu(), 'i32'), ofSlopes]
}

function kernelsOf(activation: Activation | GatedActivation, format: Format): RunTimeKernel[] {
  const plain = (['forward', 'backward'] as const).map(direction => kernelOf(activation, direction, format))
  if (isGatedActivation(activation)) return plain
  const fromY =
    activation.derivativeFromY === undefined ? [] : [kernelOf(activation, 'backward', format, { from: 'y' })]
  if (activation.gate === undefined) return [...plain, ...fromY]
  const ofMask = [
    kernelOf(activation, 'forward', format, { mask: true }),
    kernelOf(activation, 'backward', format, { from: 'mask' }),
  ]
  return [...plain, ...fromY, ...ofMask]
}

function kernelOf(
  activation: Activation | GatedActivation,
  direction: RunTimeKernel['direction'],
  format: Format,
  features: Features = {},
): RunTimeKernel {
  const from = features.from === undefined ? '' : ` from ${features.from}`
  const name = `${activation} ${direction}${features.mask === true ? ' mask' : ''}${from} ${format}`
  return { name, activation, direction, format, features }
}

// It computes nothing here.
const NO_CPU = undefined as unknown as Cpu

/** A call of a kernel over these inputs, as a dispatcher makes it. */
export function callOf(kernel: RunTimeKernel, inputs: Task['inputs'], length: number): Call<unknown> {
  const { activation, direction, format, features } = kernel
  if (direction === 'backwardAlpha') {
    const { x, dy } = inputs as Readonly<Record<'x' | 'dy', Float32Array>>
    const single = activation as Activation
    const operands = { activation: single, channels: single.channels!, inputs: { x, dy }, signal: undefined }
    return backwardAlphaCall(operands)
  }
  return elementwiseCall({ activation, direction, inputs, length, features, format, out: {}, transfer: false }, NO_CPU)
}

/** What a call of a kernel is given, by name: its inputs. */
export function inputNames({ activation, direction, features }: RunTimeKernel): string[] {
  const isPair = isGatedActivation(activation)
  if (direction === 'forward') return isPair ? ['gate', 'up'] : ['x']
  if (isPair) return ['gate', 'up', 'dy']
  return [features.from ?? 'x', 'dy']
}

let device: Promise<GPUDevice> | undefined

/** One device for all kernels of a process. */
export function sharedDevice(): Promise<GPUDevice> {
  return (device ??= requestDevice())
}
