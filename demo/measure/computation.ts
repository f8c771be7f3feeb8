import type { Activation, Direction, Dispatcher, GluActivation, Kernels } from '../../src/index.ts'
import { gluBits, referenceBits } from '../../src/reference/reference.ts'
import { bitsView } from '../../src/support/bits.ts'
import { type GluResult } from '../../src/reference/reference.ts'
import { type Deviation, deviationOf, gluDeviation } from '../../src/checking/tolerance.ts'

type Array32 = Float32Array<ArrayBuffer>

/** What a call is given. A gated pair takes x for its gate. */
export interface Data {
  readonly x: Array32
  readonly dy: Array32
  /** There where a gated pair is measured. */
  readonly up?: Array32
}

/** The same on a GPU, and where the results go: backward, a gated pair has two. */
export interface Bindings {
  readonly x: GPUBufferBinding
  readonly dy: GPUBufferBinding
  readonly up: GPUBufferBinding
  readonly results: readonly [GPUBufferBinding, GPUBufferBinding]
}

/** An element by its index, as the bits of float32. */
export type ExpectedAt = (index: number) => number
/** How an element that has other bits than the expected ones differs. */
export type Judge = (index: number, expected: number, actual: number) => Deviation

/** One array that comes of a computation. */
interface Result {
  readonly name: string
  /** The reference in float64, at every element. */
  reference(data: Data): ExpectedAt
  judge(data: Data): Judge
}

/** One direction of an activation or of a gated pair: what is measured. */
export interface Computation {
  readonly activation: Activation | GluActivation
  readonly direction: Direction
  /** Of float32, all that it reads and writes. */
  readonly bytesPerElement: number
  readonly results: readonly Result[]
  /** @param out where the results go, when not to new arrays */
  call(dispatcher: Dispatcher, data: Data, out?: readonly Array32[]): Promise<readonly Array32[]>
  /** Which inputs the results can take the place of: one for each. */
  inPlace(data: Data): readonly Array32[]
  record(kernels: Kernels, pass: GPUComputePassEncoder, bindings: Bindings): void
}

export function computationOf(activation: Activation | GluActivation, direction: Direction): Computation {
  return 'activation' in activation ? ofPair(activation, direction) : ofActivation(activation, direction)
}

function ofActivation(activation: Activation, direction: Direction): Computation {
  const result: Result = {
    name: direction === 'forward' ? 'y' : 'dx',
    reference(data) {
      const [x, dy] = [bitsView(data.x), bitsView(data.dy)]
      return i => referenceBits(activation, direction, x[i]!, dy[i]!, i)
    },
    judge(data) {
      const [x, dy] = [bitsView(data.x), bitsView(data.dy)]
      return (i, expected, actual) => deviationOf(activation, direction, x[i]!, dy[i]!, expected, actual)
    },
  }
  const about = { activation, direction, results: [result] }
  if (direction === 'forward') {
    return {
      ...about,
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
    ...about,
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
  const bitsOf = ({ x, up, dy }: Data) => [bitsView(x), bitsView(up!), bitsView(dy)] as const
  const result = (name: string, which: GluResult): Result => ({
    name,
    reference(data) {
      const [gate, up, dy] = bitsOf(data)
      return i => gluBits(pair, which, gate[i]!, up[i]!, dy[i]!)
    },
    judge(data) {
      const [gate, up, dy] = bitsOf(data)
      return (i, expected, actual) => gluDeviation(pair, which, gate[i]!, up[i]!, dy[i]!, expected, actual)
    },
  })
  if (direction === 'forward') {
    return {
      activation: pair,
      direction,
      results: [result('y', 'y')],
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
    results: [result('dGate', 'dGate'), result('dUp', 'dUp')],
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
