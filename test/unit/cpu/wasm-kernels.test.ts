import { describe, expect, test } from 'vitest'
import type { Activation } from '../../../src/activations/support/activation.ts'
import type { GluActivation } from '../../../src/activations/support/glu-activation.ts'
import { loadKernels } from '../../../src/cpu/wasm/module.ts'
import {
  hardShrink,
  hardTanh,
  leakyRelu,
  prelu,
  relu,
  relu6,
  softShrink,
  squaredRelu,
  step,
  threshold,
} from '../../../src/index.ts'
import { clampsOf } from '../../activations/lookup.ts'
import { backwardFault, forwardFault, pairGateFault, pairValueFault } from '../../support/contract.ts'
import { scrambled } from '../../support/elements.ts'
import { expectSameBits, fromBits, scrambledBits, toBits } from '../../support/float32.ts'
import { everyWord, expectSameWords, fromHalf, type HalfFormat, hardToRound, toHalf } from '../../support/half.ts'
import { preluBackward, preluForward, slopesFor } from '../../support/prelu.ts'
import * as truth from '../../support/truth.ts'
import { expectNoFaults, float32, madeFor, numbers, type Vectors, vectorsIn } from '../../support/vectors.ts'

// The functions of the WebAssembly, called as the CPU path calls them, on addresses.

type Bytes = Float32Array | Uint32Array | Uint16Array | Int32Array | Uint8Array

const loaded = await loadKernels()
if ('missing' in loaded) throw new Error(loaded.missing)
const memory = new WebAssembly.Memory({ initial: 64 })
const kernels = new WebAssembly.Instance(loaded.module, { env: { memory } }).exports as Readonly<
  Record<string, ((...values: number[]) => void) | undefined>
>

const ROOM = 2 ** 19
const addressOf = (tensor: number): number => tensor * ROOM
const bytesOf = ({ buffer, byteOffset, byteLength }: Bytes): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength)

function put(tensor: number, { buffer, byteOffset, byteLength }: Bytes): void {
  new Uint8Array(memory.buffer, addressOf(tensor)).set(new Uint8Array(buffer, byteOffset, byteLength))
}

/** The results of a function, as long as its first input, each in a tensor that was poisoned before. */
function call(
  name: string,
  inputs: readonly Bytes[],
  results: readonly Bytes[],
  uniforms: readonly number[] = [],
  behind: readonly Bytes[] = [],
  vectorCount = 8 * Math.ceil(inputs[0]!.length / 32),
): void {
  const poison = new Uint8Array(ROOM).fill(0xa5)
  const tensors = [...inputs, ...results, ...behind]
  for (const [tensor, bytes] of tensors.entries()) put(tensor, results.includes(bytes) ? poison : bytes)
  const parameters = [...uniforms, 0, 0, 0, 0].slice(0, 4)
  kernels[name]!(vectorCount, ...tensors.map((_, tensor) => addressOf(tensor)), ...parameters)
  for (const [i, result] of results.entries()) {
    const { byteLength } = result
    bytesOf(result).set(new Uint8Array(memory.buffer, addressOf(inputs.length + i), byteLength))
  }
}

function computed(
  { programName, uniforms }: Activation | GluActivation,
  operation: string,
  inputs: readonly Bytes[],
  behind: readonly Bytes[] = [],
): Float32Array<ArrayBuffer> {
  const result = new Float32Array(inputs[0]!.length)
  call(`${programName} ${operation}`, inputs, [result], uniforms, behind)
  return result
}

const vectors = vectorsIn<Vectors<'x' | 'dy' | 'y' | 'derivative'> & { readonly gated: boolean }>(
  import.meta.glob(['../../conformance/*.json', '!../../conformance/{pair,prelu}-*.json'], {
    eager: true,
    import: 'default',
  }),
)
const pairs = vectorsIn<Vectors<'gate' | 'up' | 'dy' | 'y' | 'dGate' | 'dUp'> & { readonly gated: boolean }>(
  import.meta.glob('../../conformance/pair-*.json', { eager: true, import: 'default' }),
)

test.each(vectors)('$file', named => {
  const activation = madeFor(named) as Activation
  const [x, dy] = [float32(named.x), float32(named.dy)]
  const [xBits, dyBits, slopes] = [toBits(x), toBits(dy), numbers(named.derivative)]
  const y = computed(activation, 'forward', [x])
  expectNoFaults(y, numbers(named.y), { x }, (i, actual, value) => forwardFault(named, xBits[i]!, value, actual))
  const dx = computed(activation, 'backward', [x, dy])
  const gradients = slopes.map((slope, i) => slope * dy[i]!)
  expectNoFaults(dx, gradients, { x, dy }, (i, actual) =>
    backwardFault(named, xBits[i]!, dyBits[i]!, slopes[i]!, actual),
  )
})

test.each(pairs)('$file', named => {
  const pair = madeFor(named) as GluActivation
  const [gate, up, dy] = [float32(named.gate), float32(named.up), float32(named.dy)]
  const y = computed(pair, 'glu-forward', [gate, up])
  expectNoFaults(y, numbers(named.y), { gate, up }, (i, actual, value) =>
    pairValueFault(clampsOf(named.activation, named.parameters).factor(up[i]!), value, actual),
  )
  const [dGate, dUp] = [new Float32Array(gate.length), new Float32Array(gate.length)]
  call(`${pair.programName} glu-backward`, [gate, up, dy], [dGate, dUp], pair.uniforms)
  expectNoFaults(dGate, numbers(named.dGate), { gate, up, dy }, (i, actual, value) =>
    pairGateFault(named, { gate: gate[i]!, up: up[i]!, dy: dy[i]! }, value, actual),
  )
  expectNoFaults(dUp, numbers(named.dUp), { gate, dy }, (i, actual, value) => pairValueFault(dy[i]!, value, actual, 8))
})

// Numbers at which something changes, and their neighbours, each with each; then any.
const hard = [
  0, 1, 0x007fffff, 0x00800000, 0x3dcccccd, 0x3effffff, 0x3f000000, 0x3f000001, 0x3f800000, 0x3f800001, 0x40c00000,
  0x40c00001, 0x7f7fffff, 0x7f800000, 0x7f800001, 0x7fc12345,
].flatMap(bits => [bits, (bits | 0x80000000) >>> 0])
const x = fromBits([...hard.flatMap(() => hard), ...toBits(scrambledBits(6016, 1))])
const dy = fromBits([...hard.flatMap(bits => hard.map(() => bits)), ...toBits(scrambledBits(6016, 2))])

type Unary = (x: Float32Array) => Float32Array
type Backward = (x: Float32Array, dy: Float32Array) => Float32Array

const slope = Math.fround(0.3)
const family: readonly [Activation, Unary, Backward][] = [
  [relu(), truth.reluForward, truth.reluBackward],
  ...[slope, 0, -0, -2, 1e-40].map((alpha): [Activation, Unary, Backward] => [
    leakyRelu({ alpha }),
    values => truth.leakyReluForward(alpha, values),
    (values, gradients) => truth.leakyReluBackward(alpha, values, gradients),
  ]),
  [
    relu6(),
    values => truth.hardTanhForward(0, 6, values),
    (values, gradients) => truth.hardTanhBackward(0, 6, values, gradients),
  ],
  [
    hardTanh(),
    values => truth.hardTanhForward(-1, 1, values),
    (values, gradients) => truth.hardTanhBackward(-1, 1, values, gradients),
  ],
  [step(), truth.stepForward, truth.stepBackward],
  [
    threshold({ threshold: 0.1, value: 20.3 }),
    values => truth.thresholdForward(0.1, 20.3, values),
    (values, gradients) => truth.thresholdBackward(0.1, values, gradients),
  ],
  [
    hardShrink(),
    values => truth.hardShrinkForward(0.5, values),
    (values, gradients) => truth.shrinkBackward(0.5, values, gradients),
  ],
  [
    softShrink(),
    values => truth.softShrinkForward(0.5, values),
    (values, gradients) => truth.shrinkBackward(0.5, values, gradients),
  ],
]

/** Bit i % 32 of word i / 32, where a gradient of 2 passes. */
function maskFrom(gradients: Float32Array): Uint32Array<ArrayBuffer> {
  const mask = new Uint32Array(Math.ceil(gradients.length / 32))
  for (const [i, gradient] of gradients.entries()) if (gradient === 2) mask[i >>> 5]! |= 1 << (i & 31)
  return mask
}

describe('bit for bit', () => {
  const twos = new Float32Array(x.length).fill(2)

  test.each(family)('%s', (activation, forward, backward) => {
    const [y, dx] = [forward(x), backward(x, dy)]
    expectSameBits(computed(activation, 'forward', [x]), y, { x })
    expectSameBits(computed(activation, 'backward', [x, dy]), dx, { x, dy })
    if (activation.derivativeFromY !== undefined) {
      const fromY = fromBits(Array.from(y, (_, i) => toBits(backward(y.subarray(i, i + 1), dy.subarray(i, i + 1)))[0]!))
      expectSameBits(computed(activation, 'backward-from-y', [y, dy]), fromY, { y, dy })
    }
    if (activation.gate === undefined) return
    const expected = maskFrom(backward(x, twos))
    const [masked, mask] = [new Float32Array(x.length), new Uint32Array(expected.length)]
    call(`${activation.programName} forward-masked`, [x], [masked, mask], activation.uniforms)
    expectSameBits(masked, y, { x })
    expect(mask).toEqual(expected)
    expectSameBits(computed(activation, 'backward-from-mask', [dy], [mask]), dx, { x, dy })
  })

  test('squaredRelu', () => {
    const numbersOnly = fromBits(toBits(x).map((bits, i) => (Number.isNaN(x[i]!) ? 0x40490fdb : bits)))
    expectSameBits(computed(squaredRelu(), 'forward', [x]), truth.squaredReluForward(x), { x })
    const dx = computed(squaredRelu(), 'backward', [numbersOnly, dy])
    expectSameBits(dx, truth.squaredReluBackward(numbersOnly, dy), { x: numbersOnly, dy })
  })

  test('prelu with a slope for each element', () => {
    const slopes = { alpha: slopesFor(7), inner: 1 }
    const expanded = Float32Array.from(x, (_, i) => slopes.alpha[i % 7]!)
    const [y, dx] = [preluForward(slopes, x), preluBackward(slopes, x, dy)]
    const activation = prelu(slopes)
    expectSameBits(computed(activation, 'forward', [x], [expanded]), y, { x, expanded })
    expectSameBits(computed(activation, 'backward', [x, dy], [expanded]), dx, { x, dy, expanded })
    const mask = new Uint32Array(x.length / 32)
    const masked = new Float32Array(x.length)
    call('prelu forward-masked', [x], [masked, mask], [], [expanded])
    expectSameBits(masked, y, { x, expanded })
    expectSameBits(computed(activation, 'backward-from-mask', [dy], [mask, expanded]), dx, { x, dy, expanded })
  })

  test('relu of integers', () => {
    const [values, gradients] = [scrambled('i32', 4096, 1), scrambled('i32', 4096, 2)] as [Int32Array, Int32Array]
    const results = [new Int32Array(4096), new Int32Array(4096)] as const
    call('relu forward i32', [values], [results[0]])
    call('relu backward i32', [values, gradients], [results[1]])
    expect(results[0]).toEqual(values.map(value => Math.max(value, 0)))
    expect(results[1]).toEqual(gradients.map((gradient, i) => (values[i]! > 0 ? gradient : 0)))
  })

  test.each(['f16', 'bf16'] as const)('%s', (format: HalfFormat) => {
    const unpacked = new Float32Array(everyWord.length)
    call(`unpack ${format}`, [everyWord], [unpacked], [], [], everyWord.length / 4)
    expectSameBits(unpacked, fromHalf(format, everyWord))
    const numbersToRound = hardToRound(format)
    for (let start = 0; start < numbersToRound.length; start += 2 ** 16) {
      const some = numbersToRound.subarray(start, start + 2 ** 16)
      const packed = new Uint16Array(some.length)
      call(`pack ${format}`, [some], [packed])
      expectSameWords(format, packed, toHalf(format, some))
    }
  })
})

// Each function on so many vectors of four, in place of each of its inputs: loops have rests, and a result may not be read back.
describe('in place, on any number of vectors', () => {
  const inputsOf = (name: string): number => {
    if (name.includes('glu-')) return name.includes('backward') ? 3 : 2
    return name.includes('backward') && !name.includes('from-mask') ? 2 : 1
  }
  const plain = Object.keys(kernels).filter(name => !/mask|pack|^prelu/.test(name))
  const inputs = [scrambledBits(64, 3), scrambledBits(64, 4), scrambledBits(64, 5)]
  const uniforms = [0.5, 2, 0.25, 1]

  test.each(plain)('%s', name => {
    const given = inputs.slice(0, inputsOf(name))
    const results = name.includes('glu-backward') ? 2 : 1
    const expected = Array.from({ length: results }, () => new Float32Array(64))
    call(name, given, expected, uniforms, [], 16)
    for (let vectorCount = 0; vectorCount <= 9; vectorCount++) {
      for (let place = 0; place + results <= given.length; place++) {
        for (const [tensor, input] of given.entries()) put(tensor, input)
        const addresses = [...given.map((_, i) => i), ...expected.map((_, i) => place + i)].map(addressOf)
        kernels[name]!(vectorCount, ...addresses, ...uniforms)
        for (const [i, result] of expected.entries()) {
          const actual = new Float32Array(memory.buffer, addressOf(place + i), 64)
          const wanted = [
            ...toBits(result).subarray(0, 4 * vectorCount),
            ...toBits(given[place + i]!).subarray(4 * vectorCount),
          ]
          expectSameBits(actual, fromBits(wanted))
        }
      }
    }
  })
})
