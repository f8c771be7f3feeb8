import { describe, expect, test } from 'vitest'
import { createDispatcherWith } from '../../../src/dispatcher/create.ts'
import { createDispatcher, gelu, prelu, relu, sigmoid, swiglu } from '../../../src/index.ts'
import { type Elements, expectSameElements, maskOf, reluGradientOf, reluOf, scrambled } from '../../support/elements.ts'
import { expectSameBits, scrambledBits } from '../../support/float32.ts'
import { preluBackward, preluForward, slopesFor, wholePeriods } from '../../support/prelu.ts'
import { reluBackward, reluForward } from '../../support/truth.ts'

// Arrays of any length, anywhere: what kernels of whole vectors make of tensors in chunks.

const dispatcher = await createDispatcher({ processor: 'cpu' })
// Its arrays lie in another memory.
const elsewhere = await createDispatcher({ processor: 'cpu' })

test('the kernels are WebAssembly', () => {
  expect(dispatcher.report.cpu).toMatchObject({ path: 'wasm' })
})

const CHUNK = 2 ** 14
const lengths = [1, 3, 4, 5, 31, 32, 33, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK + 35, 3 * CHUNK]
const most = Math.max(...lengths)
const [x, dy] = [scrambledBits(most, 1), scrambledBits(most, 2)]
const [y, dx] = [reluForward(x), reluBackward(x, dy)]

/** Where an array lies: each has a view that is as long as its memory, with its place in it. */
const places: Readonly<Record<string, (length: number) => readonly [whole: Float32Array<ArrayBuffer>, from: number]>> =
  {
    'by itself': length => [new Float32Array(length), 0],
    'in a larger one': length => [new Float32Array(length + 9), 5],
    'in the memory of the kernels': length => [dispatcher.allocate(length + 40), 0],
    'there, at no whole vector': length => [dispatcher.allocate(length + 9), 3],
    'in another such memory': length => [elsewhere.allocate(length + 40), 16],
  }

/** A copy of an array at a place, and what sees to it that its surroundings stay as they are. */
function put(place: string, array: Float32Array) {
  const [whole, from] = places[place]!(array.length)
  whole.fill(12345)
  const part = whole.subarray(from, from + array.length)
  part.set(array)
  return {
    part,
    expectSurroundings: () => {
      const around = [...whole.subarray(0, from), ...whole.subarray(from + array.length)]
      expect(around.every(value => value === 12345)).toBe(true)
    },
  }
}

const names = Object.keys(places)
describe.each(names)('x %s', place => {
  test.each(names)('y %s', async target => {
    for (const length of lengths) {
      const input = put(place, x.subarray(0, length))
      const gradient = put(place, dy.subarray(0, length))
      const output = put(target, new Float32Array(length).fill(NaN))
      expect(await dispatcher.forward(relu(), input.part, { out: output.part })).toBe(output.part)
      expectSameBits(output.part, y.subarray(0, length))
      await dispatcher.backward(relu(), input.part, gradient.part, { out: output.part })
      expectSameBits(output.part, dx.subarray(0, length))
      for (const { expectSurroundings } of [input, gradient, output]) expectSurroundings()
      expectSameBits(input.part, x.subarray(0, length))
    }
  })

  test('in place', async () => {
    for (const length of lengths) {
      const input = put(place, x.subarray(0, length))
      const gradient = put(place, dy.subarray(0, length))
      await dispatcher.backward(relu(), input.part, gradient.part, { out: gradient.part })
      await dispatcher.forward(relu(), input.part, { out: input.part })
      expectSameBits(gradient.part, dx.subarray(0, length))
      expectSameBits(input.part, y.subarray(0, length))
      for (const { expectSurroundings } of [input, gradient]) expectSurroundings()
    }
  })

  test('masks', async () => {
    for (const length of lengths) {
      const input = put(place, x.subarray(0, length))
      const gradient = put(place, dy.subarray(0, length))
      const { mask } = await dispatcher.forward(relu(), input.part, { mask: true, out: input.part })
      expectSameBits(input.part, y.subarray(0, length))
      expectSameElements(mask, maskOf('f32', new Int32Array(x.buffer, 0, length)))
      await dispatcher.backward(relu(), { mask }, gradient.part, { out: gradient.part })
      expectSameBits(gradient.part, dx.subarray(0, length))
      for (const { expectSurroundings } of [input, gradient]) expectSurroundings()
    }
  })
})

describe('slopes go on from one chunk to the next', () => {
  test.each([
    [2, 1],
    [3, 7],
    [64, 1],
    [5, 1000],
    [4, CHUNK],
    [CHUNK + 3, 1],
    [3, CHUNK - 5],
  ])('%i channels, inner %i', async (channels, inner) => {
    const slopes = { alpha: slopesFor(channels), inner }
    for (const length of [5, 2 * CHUNK + 35]) {
      const [input, gradient] = [1, 2].map(seed => scrambledBits(wholePeriods(length, slopes), seed))
      expectSameBits(await dispatcher.forward(prelu(slopes), input!), preluForward(slopes, input!), { x: input! })
      const expected = preluBackward(slopes, input!, gradient!)
      const dx = await dispatcher.backward(prelu(slopes), input!, gradient!)
      expectSameBits(dx, expected, { x: input!, dy: gradient! })
    }
  })
})

describe('16 bits and integers', () => {
  test.each(['f16', 'bf16', 'i32'] as const)('%s', async format => {
    const loose = dispatcher as unknown as Record<string, (...given: unknown[]) => Promise<Elements>>
    for (const length of lengths) {
      const [words, upstream] = [scrambled(format, length, 1), scrambled(format, length, 2)]
      const [expected, gradient] = [reluOf(format, words), reluGradientOf(format, words, upstream)]
      expectSameElements(await loose['forward']!.call(dispatcher, relu(), words, { format }), expected)
      expectSameElements(await loose['backward']!.call(dispatcher, relu(), words, upstream, { format }), gradient)
    }
  })

  test('words in the memory of the kernels', async () => {
    for (const length of lengths) {
      const memory = dispatcher.allocate(length).fill(12345)
      const words = new Uint16Array(memory.buffer, memory.byteOffset, length)
      words.set(scrambled('f16', length, 1))
      const out = new Uint16Array(memory.buffer, memory.byteOffset, length)
      await dispatcher.forward(relu(), words, { format: 'f16', out })
      expectSameElements(words, reluOf('f16', scrambled('f16', length, 1)))
      expect(memory.subarray(Math.ceil(length / 2)).every(value => value === 12345)).toBe(true)
    }
  })
})

// Every kernel by its own tests; here that each gets its tensors.
test('pairs, two results at a time, and in place', async () => {
  const length = 2 * CHUNK + 35
  const wave = (phase: number) => Float32Array.from({ length }, (_, i) => 3 * Math.sin(i + phase))
  const inputs = [wave(0), wave(1), wave(2)] as const
  const plain = await createDispatcherWith({ processor: 'cpu' }, { missing: 'Not for this test.' })
  const expected = await plain.backward(swiglu(), ...inputs)
  const expectNear = (actual: Float32Array, truth: Float32Array): void => {
    const wrong = actual.filter((value, i) => !(Math.abs(value - truth[i]!) <= 2 ** -20))
    expect(wrong).toEqual(new Float32Array(0))
  }
  const { dGate, dUp } = await dispatcher.backward(swiglu(), ...inputs)
  expectNear(dGate, expected.dGate)
  expectNear(dUp, expected.dUp)
  for (const copyOf of [(array: Float32Array) => array.slice(), (array: Float32Array) => memoryWith(array)]) {
    const [gate, up, upstream] = inputs.map(copyOf) as [
      Float32Array<ArrayBuffer>,
      Float32Array<ArrayBuffer>,
      Float32Array,
    ]
    await dispatcher.backward(swiglu(), gate, up, upstream, { out: { dGate: gate, dUp: up } })
    expectSameBits(gate, dGate)
    expectSameBits(up, dUp)
  }
})

function memoryWith(array: Float32Array): Float32Array<ArrayBuffer> {
  const memory = dispatcher.allocate(array.length)
  memory.set(array)
  return memory
}

test('memory that is shared or can be resized', async () => {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer
  const length = CHUNK + 5
  for (const buffer of [new SharedArrayBuffer(4 * length), new Resizable(4 * length, { maxByteLength: 8 * length })]) {
    const input = new Float32Array(buffer)
    input.set(x.subarray(0, length))
    expectSameBits(await dispatcher.forward(relu(), input), y.subarray(0, length))
    expect(await dispatcher.forward(relu(), input, { out: input as Float32Array<ArrayBuffer> })).toBe(input)
    expectSameBits(input, y.subarray(0, length))
  }
})

test.each([sigmoid(), gelu()])('an element has the same result wherever it is: %s', async activation => {
  const whole = await dispatcher.forward(activation, x)
  for (const [from, to] of [
    [1, 2],
    [3, 3 + CHUNK],
    [CHUNK - 2, CHUNK + 3],
  ]) {
    expectSameBits(await dispatcher.forward(activation, x.slice(from, to)), whole.subarray(from, to))
  }
})
