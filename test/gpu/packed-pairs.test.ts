import { describe, expect, test } from 'vitest'
import { createKernels, type Format, gelu, reglu, swiglu } from '../../src/index.ts'
import { counting } from '../support/counting.ts'
import { dispatcherWith, ownDevice } from '../support/dispatcher.ts'
import { expectSameBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { toHalf } from '../support/half.ts'
import { runSnippet } from '../support/snippets.ts'
import { ordinary, pack, type Packed, regluGateGradient, regluOf } from '../support/pairs.ts'

// Gate and up in one tensor give the bits that they give in two, with one dispatch.

const device = await testDevice()
const kernels = createKernels(device)
const HALVES = { layout: 'halves', order: 'gate-up' } as const
const SWAPPED = { layout: 'halves', order: 'up-gate' } as const
const INTERLEAVED = { layout: 'interleaved', order: 'gate-up' } as const
const INTERLEAVED_SWAPPED = { layout: 'interleaved', order: 'up-gate' } as const

interface Case extends Packed {
  readonly format: Exclude<Format, 'i32'>
  readonly rows: number
  /** 260: between vectors. */
  readonly offset?: number
}

const f32 = { format: 'f32', rows: 13 } as const
// Odd runs of 16 bits share words. 400 rows have many invocations, and 13 rows end within a word.
const f16 = { format: 'f16', rows: 13 } as const
const bf16 = { format: 'bf16', rows: 400 } as const
const cases: readonly Case[] = [
  { ...f32, ...HALVES, columns: 8 },
  { ...f32, ...HALVES, columns: 3, offset: 260 },
  { ...f32, ...SWAPPED, columns: 8 },
  { ...f32, ...SWAPPED, columns: 1 },
  { ...f32, ...INTERLEAVED, columns: 8 },
  { ...f32, ...INTERLEAVED, columns: 3 },
  { ...f32, ...INTERLEAVED_SWAPPED, columns: 8 },
  { ...f16, ...HALVES, columns: 8 },
  { ...f16, ...HALVES, columns: 8, offset: 260 },
  { ...f16, ...HALVES, columns: 6 },
  { ...f16, ...HALVES, columns: 3 },
  { ...f16, ...INTERLEAVED_SWAPPED, columns: 8 },
  { ...f16, ...INTERLEAVED_SWAPPED, columns: 5 },
  { ...bf16, ...SWAPPED, columns: 7 },
  { ...bf16, ...SWAPPED, columns: 8 },
]

/** Elements of a format. */
function elementsOf(format: Case['format'], length: number, seed: number): Float32Array | Uint16Array {
  const numbers = ordinary(length, seed)
  return format === 'f32' ? numbers : toHalf(format, numbers)
}

/** As whole words, the last of which may have a half that is no element. */
function wordsOf(elements: Float32Array | Uint16Array): Float32Array {
  if (elements instanceof Float32Array) return elements
  const halves = new Uint16Array(Math.ceil(elements.length / 2) * 2).fill(0xbeef)
  halves.set(elements)
  return new Float32Array(halves.buffer)
}

describe('the bits of gate and up apart, and not a byte beyond', () => {
  test.each(cases)('%o', async ({ rows, offset = 256, format, ...packed }) => {
    const length = rows * packed.columns
    const [gate, up, dy] = [1, 2, 3].map(seed => elementsOf(format, length, seed)) as [
      Float32Array,
      Float32Array,
      Float32Array,
    ]
    const x = pack(gate, up, packed)
    await inScopes(device, async use => {
      const tensor = (elements: Float32Array | Uint16Array) => {
        const guarded = use(new GuardedBuffer(device, wordsOf(elements), offset))
        const size = elements.byteLength
        return { guarded, binding: { ...guarded.binding, size }, like: elements }
      }
      const poison = (count: number) => tensor(elementsOf(format, count, 9))
      const [g, u, d] = [gate, up, dy].map(tensor)
      const [y, dGate, dUp] = [poison(length), poison(length), poison(length)]
      const [given, over, inOne, dx] = [tensor(x), tensor(x), poison(length), tensor(pack(dy, dy, packed))]
      submit(device, pass => {
        kernels.forward(pass, reglu(), { gate: g!.binding, up: u!.binding, y: y.binding, format })
        kernels.forward(pass, reglu(), { x: given.binding, y: inOne.binding, ...packed, format })
        const gradients = { dGate: dGate.binding, dUp: dUp.binding }
        kernels.backward(pass, reglu(), { gate: g!.binding, up: u!.binding, dy: d!.binding, ...gradients, format })
        const inPlace = { x: over.binding, dy: d!.binding, dx: over.binding }
        kernels.backward(pass, reglu(), { ...inPlace, ...packed, format })
        if (format !== 'f32') return
        const added = { x: given.binding, dy: d!.binding, dx: dx.binding, accumulate: true }
        kernels.backward(pass, reglu(), { ...added, ...packed, format })
      })
      const read = async ({ guarded, like }: ReturnType<typeof tensor>) => {
        const words = await guarded.read()
        if (like instanceof Float32Array) return words
        const halves = new Uint16Array(words.buffer, words.byteOffset, 2 * words.length)
        expect([...halves.subarray(like.length)]).toEqual([...halves.subarray(like.length)].map(() => 0xbeef))
        return halves.slice(0, like.length) as unknown as Float32Array
      }
      const wanted = pack(await read(dGate), await read(dUp), packed)
      expect(await read(inOne)).toEqual(await read(y))
      expect(await read(over)).toEqual(wanted)
      expect(await read(given)).toEqual(x)
      if (format === 'f32') {
        expectSameBits(
          await read(dx),
          pack(dy, dy, packed).map((value, i) => value + wanted[i]!),
        )
      }
    })
  })
})

test('the snippet of docs/kernels.md', async () => {
  const [gate, up, dy] = [1, 2, 3].map(seed => ordinary(1408, seed)) as [Float32Array, Float32Array, Float32Array]
  await inScopes(device, async use => {
    const tensor = (array: Float32Array): GuardedBuffer => use(new GuardedBuffer(device, array))
    const [x, y, upstream] = [tensor(pack(gate, up, { columns: 1408, layout: 'interleaved' })), tensor(dy), tensor(dy)]
    // The snippet binds whole buffers, and there are guards in these.
    const within = {
      createKernels: (of: GPUDevice) => {
        const own = createKernels(of)
        const inner = (bindings: object) =>
          Object.fromEntries(
            Object.entries(bindings).map(([name, value]: [string, { buffer?: GuardedBuffer }]) => [
              name,
              value.buffer?.binding ?? value,
            ]),
          ) as never
        return {
          forward: (pass: GPUComputePassEncoder, pair: never, bindings: object) =>
            own.forward(pass, pair, inner(bindings)),
          backward: (pass: GPUComputePassEncoder, pair: never, bindings: object) =>
            own.backward(pass, pair, inner(bindings)),
        }
      },
    }
    await runSnippet('docs/kernels.md', 'packed', [], { ...within, swiglu, device, x, y, dy: upstream })
    const silu = (value: number): number => value / (1 + Math.exp(-value))
    const [results, gradients] = [await y.read(), await x.read()]
    for (const [i, value] of gate.entries()) {
      expect(results[i]).toBeCloseTo(silu(value) * up[i]!, 4)
      expect(gradients[2 * i + 1]).toBeCloseTo(silu(value) * dy[i]!, 4)
    }
  })
})

/** A pass that counts, because nothing of these sizes has to be computed. */
function countingPass() {
  const counted = { dispatches: 0 }
  const dispatchWorkgroups = () => void counted.dispatches++
  const pass = { setPipeline() {}, setBindGroup() {}, dispatchWorkgroups } as unknown as GPUComputePassEncoder
  return { pass, counted }
}

test('one dispatch forward and one backward, of any number of rows', async () => {
  await inScopes(device, async use => {
    const buffer = (size: number): GPUBufferBinding => ({
      buffer: use(device.createBuffer({ size, usage: GPUBufferUsage.STORAGE })),
    })
    for (const [rows, columns] of [
      [4096, 1408],
      [4095, 1407],
      [1_000_003, 1],
    ] as const) {
      const [x, y] = [buffer(8 * rows * columns), buffer(4 * rows * columns)]
      for (const layout of [HALVES, INTERLEAVED_SWAPPED]) {
        const { pass, counted } = countingPass()
        kernels.forward(pass, swiglu(), { x, y, columns, ...layout })
        kernels.backward(pass, swiglu(), { x, dy: y, dx: x, columns, ...layout })
        expect([rows, columns, layout, counted.dispatches]).toEqual([rows, columns, layout, 2])
      }
    }
  })
})

test('longer than a binding may be: whole rows, unless one does not fit', async () => {
  const small = await ownDevice({ maxStorageBufferBindingSize: 4096 + 4 })
  const own = createKernels(small)
  const columns = 6
  const [gate, up, dy] = [1, 2, 3].map(seed => ordinary(1002, seed)) as [Float32Array, Float32Array, Float32Array]
  await inScopes(small, async use => {
    const [g, u, d] = [gate, up, dy].map(array => use(new GuardedBuffer(small, array)))
    for (const layout of [HALVES, INTERLEAVED]) {
      const x = use(new GuardedBuffer(small, pack(gate, up, { columns, ...layout }), 268))
      const { pass, counted } = countingPass()
      const bindings = { x: x.binding, dy: d!.binding, dx: x.binding, columns, ...layout }
      own.backward(pass, reglu(), bindings)
      expect(counted.dispatches).toBeGreaterThan(1)
      submit(small, each => own.backward(each, reglu(), bindings))
      const [dGate, dUp] = [gate, up].map(array => use(new GuardedBuffer(small, array)))
      const apart = { gate: g!.binding, up: u!.binding, dGate: dGate!.binding, dUp: dUp!.binding }
      submit(small, each => own.backward(each, reglu(), { ...apart, dy: d!.binding }))
      expectSameBits(await x.read(), pack(await dGate!.read(), await dUp!.read(), { columns, ...layout }))
    }
    const x = use(new GuardedBuffer(small, new Float32Array(2004)))
    const { pass, counted } = countingPass()
    expect(() => own.forward(pass, reglu(), { x: x.binding, y: d!.binding, columns: 1002 })).toThrow(
      expect.objectContaining({ code: 'invalid-binding', message: expect.stringMatching(/x has 8016 bytes/) }),
    )
    expect(counted.dispatches).toBe(0)
  })
})

test('arrays beyond the limits are split into whole rows', async () => {
  const limits = { maxStorageBufferBindingSize: 65_536 + 4, maxBufferSize: 100_000 }
  const options = { processor: 'webgpu', selfTest: false, crossCheck: 'full', device: await ownDevice(limits) } as const
  const { dispatcher, mismatches } = await dispatcherWith(options)
  for (const packed of [
    { columns: 7, layout: 'halves' },
    { columns: 4, layout: 'halves' },
    { columns: 7, layout: 'interleaved', order: 'up-gate' },
  ] as const) {
    const [gate, up, dy] = [1, 2, 3].map(seed => ordinary(35_000, seed)) as [Float32Array, Float32Array, Float32Array]
    const x = pack(gate, up, packed)
    const unsigned = (array: Float32Array): Float32Array => array.map(value => value || 0)
    expectSameBits(unsigned(await dispatcher.forward(reglu(), x, packed)), unsigned(regluOf(gate, up)))
    const gradients = pack(regluGateGradient(gate, up, dy), regluOf(gate, dy), packed)
    expectSameBits(unsigned(await dispatcher.backward(reglu(), x, dy, packed)), unsigned(gradients))
  }
  expect(mismatches).toEqual([])
  expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { runs: 6 } })
})

test('prepare compiles them, and a call again makes nothing', async () => {
  const { device: counted, created } = counting(await ownDevice())
  const own = createKernels(counted, { tune: false })
  await own.prepare([swiglu()], { columns: 8, layout: 'interleaved' })
  created.length = 0
  await inScopes(counted, async use => {
    const [x, y] = [16, 8].map(length => use(new GuardedBuffer(counted, ordinary(length, 1))).binding)
    const packed = { columns: 8, layout: 'interleaved' } as const
    const record = () =>
      submit(counted, pass => {
        own.forward(pass, swiglu(), { x: x!, y: y!, ...packed })
        own.backward(pass, swiglu(), { x: x!, dy: y!, dx: x!, ...packed })
      })
    record()
    expect(created.filter(name => /Pipeline|Module/.test(name))).toEqual([])
    await counted.queue.onSubmittedWorkDone()
    created.length = 0
    record()
    expect(created).toEqual([])
  })
  await expect(own.prepare([gelu()], { columns: 8 })).rejects.toMatchObject({ code: 'invalid-argument' })
  await expect(own.prepare([swiglu()], { columns: 8, bias: true })).rejects.toThrow(/no bias/)
  await expect(own.prepare([swiglu()], { layout: 'halves' })).rejects.toThrow(/columns is undefined/)
})

describe('refused', () => {
  const make = (): GPUBuffer => device.createBuffer({ size: 1024, usage: GPUBufferUsage.STORAGE })
  const [x, y, z] = [make(), make(), make()].map(buffer => ({ buffer, size: 96 })) as [
    { buffer: GPUBuffer; size: number },
    { buffer: GPUBuffer; size: number },
    { buffer: GPUBuffer; size: number },
  ]
  const half = { ...y, size: 48 }
  const columns = 4

  const forward: readonly [string, object, string, RegExp][] = [
    ['no columns', { x, y: half }, 'invalid-argument', /columns is undefined/],
    ['columns 0', { x, y: half, columns: 0 }, 'invalid-argument', /columns is 0/],
    ['columns 1.5', { x, y: half, columns: 1.5 }, 'invalid-argument', /columns is 1.5/],
    ['columns that do not divide', { x, y: half, columns: 5 }, 'length-mismatch', /24 elements.* 5 columns .* 10/],
    ['a y as long as x', { x, y, columns }, 'length-mismatch', /x has 96 bytes and y has 96/],
    ['y over x', { x, y: { ...x, size: 48 }, columns }, 'invalid-binding', /share 48 bytes/],
    ['another layout', { x, y: half, columns, layout: 'rows' }, 'invalid-argument', /layout is "rows"/],
    ['another order', { x, y: half, columns, order: 'up' }, 'invalid-argument', /order is "up"/],
    ['both forms', { x, gate: x, up: x, y: half, columns }, 'unknown-option', /no binding "gate".*columns/],
    ['columns beside gate', { gate: x, up: z, y, columns }, 'unknown-option', /no binding "columns".*gate, up, y/],
    ['a bias', { x, y: half, columns, bias: z }, 'unknown-option', /no binding "bias".*where x is computed/],
    ['integers', { x, y: half, columns, format: 'i32' }, 'invalid-argument', /i32/],
  ]
  test.each(forward)('forward: %s', (_, bindings, code, message) => {
    const { pass, counted } = countingPass()
    const record = (): void => kernels.forward(pass, swiglu(), bindings as never)
    expect(record).toThrow(expect.objectContaining({ code, message: expect.stringMatching(message) }))
    expect(counted.dispatches).toBe(0)
  })

  test('backward: dx over a part of x, and in place while it accumulates; an activation', () => {
    const { pass } = countingPass()
    const shifted = { x, dy: half, dx: { ...x, offset: 256, size: 96 }, columns }
    const over = { ...shifted, x: { ...x, offset: 192 } }
    expect(() => kernels.backward(pass, swiglu(), over)).toThrow(/dx .* and x .* share 32 bytes/)
    expect(() => kernels.backward(pass, swiglu(), { ...shifted, dx: x, accumulate: true })).toThrow(/share 96 bytes/)
    expect(() => kernels.forward(pass, gelu(), { x, y, columns } as never)).toThrow(/no binding "columns"/)
  })
})
