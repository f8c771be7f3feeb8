import {
  type Activation,
  type Direction,
  type Dispatcher,
  type GluActivation,
  isGlu,
  type Kernels,
} from '../../src/index.ts'
import { EXACT_ACTIVATIONS } from '../state/choices.ts'
import { GRADIENT, type Tolerance, VALUE, VALUE_TIMES_GRADIENT } from './tolerance.ts'

type Array32 = Float32Array<ArrayBuffer>

/** The inputs of a call. A gated pair takes x as its gate. */
export interface Data {
  readonly x: Array32
  readonly dy: Array32
  /** Present where a gated pair is measured. */
  readonly up?: Array32
}

/** The same inputs in GPU buffers, and buffers for the results: a gated pair has two gradients. */
export interface Bindings {
  readonly x: GPUBufferBinding
  readonly dy: GPUBufferBinding
  readonly up: GPUBufferBinding
  readonly results: readonly [GPUBufferBinding, GPUBufferBinding]
}

/** One array that a computation returns. */
interface Result {
  readonly name: string
  /** Undefined: the numeric contract is exact, bit for bit. */
  readonly tolerance: Tolerance | undefined
  /** The number that multiplies f or its derivative at an element. */
  readonly factor: (data: Data, index: number) => number
}

/** One direction of an activation or of a gated pair: the unit of measurement. */
export interface Computation {
  readonly activation: Activation | GluActivation
  readonly direction: Direction
  /** Bytes of float32 that one element reads and writes. */
  readonly bytesPerElement: number
  readonly results: readonly Result[]
  /** @param out arrays for the results; without it they are new arrays */
  call(dispatcher: Dispatcher, data: Data, out?: readonly Array32[]): Promise<readonly Array32[]>
  /** The inputs that the results may overwrite, one for each result. */
  inPlace(data: Data): readonly Array32[]
  record(kernels: Kernels, pass: GPUComputePassEncoder, bindings: Bindings): void
}

export function computationOf(activation: Activation | GluActivation, direction: Direction): Computation {
  return isGlu(activation) ? ofPair(activation, direction) : ofActivation(activation, direction)
}

function ofActivation(activation: Activation, direction: Direction): Computation {
  const isExact = EXACT_ACTIVATIONS.includes(activation.name)
  if (direction === 'forward') {
    return {
      activation,
      direction,
      results: [{ name: 'y', tolerance: isExact ? undefined : VALUE, factor: () => 1 }],
      bytesPerElement: 8,
      call: async (dispatcher, { x }, out) => [
        await (out === undefined
          ? dispatcher.forward(activation, x)
          : dispatcher.forward(activation, x, { out: out[0] })),
      ],
      inPlace: ({ x }) => [x],
      record: (kernels, pass, { x, results: [y] }) => kernels.forward(pass, activation, { x, y }),
    }
  }
  return {
    activation,
    direction,
    results: [{ name: 'dx', tolerance: isExact ? undefined : GRADIENT, factor: ({ dy }, i) => dy[i]! }],
    bytesPerElement: 12,
    call: async (dispatcher, { x, dy }, out) => [
      await (out === undefined
        ? dispatcher.backward(activation, x, dy)
        : dispatcher.backward(activation, x, dy, { out: out[0] })),
    ],
    inPlace: ({ dy }) => [dy],
    record: (kernels, pass, { x, dy, results: [dx] }) => kernels.backward(pass, activation, { x, dy, dx }),
  }
}

function ofPair(pair: GluActivation, direction: Direction): Computation {
  if (direction === 'forward') {
    return {
      activation: pair,
      direction,
      results: [{ name: 'y', tolerance: VALUE, factor: ({ up }, i) => up![i]! }],
      bytesPerElement: 12,
      call: async (dispatcher, { x, up }, out) => [
        await (out === undefined
          ? dispatcher.forward(pair, x, up!)
          : dispatcher.forward(pair, x, up!, { out: out[0] })),
      ],
      inPlace: ({ x }) => [x],
      record: (kernels, pass, { x, up, results: [y] }) => kernels.forward(pass, pair, { gate: x, up, y }),
    }
  }
  return {
    activation: pair,
    direction,
    results: [
      { name: 'dGate', tolerance: GRADIENT, factor: ({ up, dy }, i) => up![i]! * dy[i]! },
      { name: 'dUp', tolerance: VALUE_TIMES_GRADIENT, factor: ({ dy }, i) => dy[i]! },
    ],
    bytesPerElement: 20,
    call: async (dispatcher, { x, up, dy }, out) => {
      const options = out === undefined ? [] : ([{ out: { dGate: out[0]!, dUp: out[1]! } }] as const)
      const { dGate, dUp } = await dispatcher.backward(pair, x, up!, dy, ...options)
      return [dGate, dUp]
    },
    inPlace: ({ up, dy }) => [dy, up!],
    record: (kernels, pass, { x, up, dy, results: [dGate, dUp] }) =>
      kernels.backward(pass, pair, { gate: x, up, dy, dGate, dUp }),
  }
}

/** A range of the data, copied. */
export function sliceOf({ x, dy, up }: Data, start: number, end: number): Data {
  return { x: x.slice(start, end), dy: dy.slice(start, end), ...(up !== undefined && { up: up.slice(start, end) }) }
}
