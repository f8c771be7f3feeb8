import { expect, test } from 'vitest'
import { reglu, swigluClamped } from '../../src/index.ts'
import { crossCheckedProcessor, processors } from '../support/processors.ts'
import { toHalf } from '../support/half.ts'
import { ordinary, pack } from '../support/pairs.ts'

// Gate and up in one array give what they give in two, bit for bit.

const layouts = [
  { columns: 7, layout: 'halves', order: 'gate-up' },
  { columns: 40, layout: 'interleaved', order: 'up-gate' },
  { columns: 1, layout: 'halves', order: 'up-gate' },
  { columns: 40, layout: 'halves', order: 'up-gate' },
  { columns: 7, layout: 'interleaved', order: 'gate-up' },
] as const
const ROWS = 13
const isOnGpu = processors.some(({ name }) => name.startsWith('WebGPU'))
// A driver compiles for seconds. test/gpu/packed-pairs.test.ts has every layout.
const [pair, few] = isOnGpu ? [reglu(), layouts.slice(0, 2)] : [swigluClamped({ limit: 1 }), layouts]
const given = isOnGpu ? [crossCheckedProcessor] : processors
const all = given.filter(({ packed }) => packed !== undefined)

test.each(all)('$name', async processor => {
  const packed = processor.packed!
  for (const each of few) {
    const [gate, up, dy] = [1, 2, 3].map(seed => ordinary(ROWS * each.columns, seed)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    const x = pack(gate, up, each)
    const { dGate, dUp } = await processor.backwardPair(pair, gate, up, dy)
    expect(await packed.forward(pair, x, each)).toEqual(await processor.forwardPair(pair, gate, up))
    expect(await packed.backward(pair, x, dy, each)).toEqual(pack(dGate, dUp, each))
    expect(await packed.backward(pair, x, dy, { ...each, out: x })).toBe(x)
    expect(x).toEqual(pack(dGate, dUp, each))
  }
})

test.each(all)('$name in 16 bits', async processor => {
  const [packed, inFormats] = [processor.packed!, processor.inFormats!]
  for (const format of isOnGpu ? (['f16'] as const) : (['f16', 'bf16'] as const)) {
    for (const each of isOnGpu ? few.slice(0, 1) : few) {
      const [gate, up, dy] = [1, 2, 3].map(seed => toHalf(format, ordinary(ROWS * each.columns, seed))) as [
        Uint16Array,
        Uint16Array,
        Uint16Array,
      ]
      const x = pack(gate, up, each)
      const { dGate, dUp } = await inFormats.backwardPair(pair, gate, up, dy, format)
      expect(await packed.forward(pair, x, { ...each, format })).toEqual(
        await inFormats.forwardPair(pair, gate, up, format),
      )
      expect(await packed.backward(pair, x, dy, { ...each, format })).toEqual(pack(dGate, dUp, each))
    }
  }
})
