import { describe, expect, test } from 'vitest'
import { createKernels, type Format, reglu, swiglu } from '../../src/index.ts'
import { expectSameBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { ordinary, pack, type Packed } from '../support/pairs.ts'

// Gate and up in one tensor give the bits that they give in two.

const device = await testDevice()
const kernels = createKernels(device)

/** Elements of a format as whole words, with the size of the range that they take. */
function tensor(format: Format, elements: Float32Array): { words: Float32Array; bytes: number } {
  if (format === 'f32') return { words: elements, bytes: elements.byteLength }
  // Any bits will do, NaN and subnormals among them.
  const halves = halvesOf(elements)
  const words = new Uint32Array(Math.ceil(halves.length / 2)).fill(0xdeadbeef)
  new Uint16Array(words.buffer).set(halves)
  return { words: new Float32Array(words.buffer), bytes: halves.byteLength }
}

const halvesOf = (elements: Float32Array): Uint16Array =>
  Uint16Array.from(elements, element => (element * 9973) & 0xffff)

const cases: (readonly [Format, Packed, rows: number])[] = (['f32', 'f16', 'bf16'] as const).flatMap(format =>
  ([1, 3, 4, 6, 7] as const).flatMap(columns =>
    (['halves', 'interleaved'] as const).flatMap(layout =>
      (format === 'bf16' ? (['up-gate'] as const) : (['gate-up', 'up-gate'] as const)).flatMap(order =>
        [1, 13, 400].map(rows => [format, { columns, layout, order }, rows] as const),
      ),
    ),
  ),
)

describe('the bits of gate and up apart', () => {
  test.each(['f32', 'f16', 'bf16'] as const)('%s', async format => {
    for (const [, packed, rows] of cases.filter(([of]) => of === format)) {
      const length = rows * packed.columns
      const [gate, up, dy] = [1, 2, 3].map(seed => ordinary(length, seed)) as [Float32Array, Float32Array, Float32Array]
      const bits = (array: Float32Array) => tensor(format, array)
      const packedBits = (first: Float32Array, second: Float32Array) =>
        format === 'f32' ? bits(pack(first, second, packed)) : undefined
      void packedBits
      await inScopes(device, async use => {
        const bind = (array: Float32Array, offset = 256) => {
          const { words, bytes } = bits(array)
          const guarded = use(new GuardedBuffer(device, words, offset))
          return { guarded, binding: { ...guarded.binding, size: bytes } }
        }
        const poison = new Float32Array(length).fill(12345)
        const poisons = new Float32Array(2 * length).fill(12345)
        const apart = [gate, up, dy, poison, poison, poison].map(array => bind(array))
        const [g, u, d, y, dGate, dUp] = apart.map(({ binding }) => binding)
        const x = pack(gate, up, packed)
        for (const offset of [256, 260]) {
          const one = [x, poison, dy, poisons, x, x].map(array => bind(array, offset))
          const [xs, ys, ds, dxs, over, added] = one.map(({ binding }) => binding)
          submit(device, pass => {
            kernels.forward(pass, reglu(), { gate: g!, up: u!, y: y!, format })
            kernels.backward(pass, reglu(), { gate: g!, up: u!, dy: d!, dGate: dGate!, dUp: dUp!, format })
            kernels.forward(pass, reglu(), { x: xs!, y: ys!, ...packed, format })
            kernels.backward(pass, reglu(), { x: xs!, dy: ds!, dx: dxs!, ...packed, format })
            kernels.backward(pass, reglu(), { x: over!, dy: ds!, dx: over!, ...packed, format })
            kernels.backward(pass, reglu(), { x: xs!, dy: ds!, dx: added!, ...packed, format, accumulate: true })
          })
          const read = async (of: typeof apart, i: number) => of[i]!.guarded.read()
          const elements = (words: Float32Array, count: number) =>
            format === 'f32' ? words : new Uint16Array(words.buffer, words.byteOffset, count)
          const wanted = pack(
            elements(await read(apart, 4), length) as Uint16Array,
            elements(await read(apart, 5), length) as Uint16Array,
            packed,
          )
          const what = JSON.stringify([format, packed, rows, offset])
          expect([what, elements(await read(one, 1), length)]).toEqual([what, elements(await read(apart, 3), length)])
          expect([what, elements(await read(one, 3), 2 * length)]).toEqual([what, wanted])
          expect([what, elements(await read(one, 4), 2 * length)]).toEqual([what, wanted])
          expectSameBits(await read(one, 0), bits(x).words)
        }
      })
    }
  })
})
void swiglu
