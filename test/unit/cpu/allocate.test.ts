import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { createDispatcherWith } from '../../../src/dispatcher/create.ts'
import { createDispatcher, type Dispatcher, relu, sigmoid } from '../../../src/index.ts'

// Arrays in the memory of the kernels.

const MIB = 2 ** 20
const { Memory } = WebAssembly
afterEach(() => {
  WebAssembly.Memory = Memory
})

/** Memory has at most so many bytes from now on; says how many were asked for. */
function limitMemory(bytes: number): number[] {
  const asked: number[] = []
  WebAssembly.Memory = class extends Memory {
    constructor(descriptor: WebAssembly.MemoryDescriptor) {
      asked.push(descriptor.initial * 2 ** 16)
      if (asked.at(-1)! > bytes) throw new RangeError('WebAssembly.Memory(): could not allocate memory')
      super(descriptor)
    }
  }
  return asked
}

async function onCpu(): Promise<Dispatcher> {
  return createDispatcher({ processor: 'cpu' })
}

test('what lies over the memory before an array is computed with, and kept', async () => {
  const dispatcher = await onCpu()
  const elsewhere = await onCpu()
  const { buffer } = dispatcher.allocate(1000)
  const over = new Float32Array(buffer, 0, 40_000)
  const x = Float32Array.from({ length: over.length }, (_, i) => Math.sin(i) * 8)
  const dy = Float32Array.from({ length: over.length }, (_, i) => Math.cos(i))
  over.set(x)
  expect(await dispatcher.backward(sigmoid(), over, dy)).toEqual(await elsewhere.backward(sigmoid(), x, dy))
  expect(over).toEqual(x)
  expect(await dispatcher.forward(sigmoid(), dy, { out: over })).toBe(over)
  expect(over).toEqual(await elsewhere.forward(sigmoid(), dy))
})

test('zeros, each array beside the others, whatever was there before', async () => {
  const dispatcher = await onCpu()
  const arrays = [5, 0, 1, 16, 17].map(length => {
    const array = dispatcher.allocate(length)
    expect(array).toEqual(new Float32Array(length))
    return array.fill(length)
  })
  for (const array of arrays) expect(array.every(value => value === array.length)).toBe(true)
  for (const array of arrays) expect([array.buffer, array.byteOffset % 64]).toEqual([arrays[0]!.buffer, 0])
  await dispatcher.forward(relu(), new Float32Array(100).fill(1), { mask: true })
  for (const array of arrays) expect(array.every(value => value === array.length)).toBe(true)
})

test('nothing is copied', async () => {
  const dispatcher = await onCpu()
  const [x, y] = [dispatcher.allocate(100_000).fill(-1), dispatcher.allocate(100_000).fill(5)]
  const copies = vi.spyOn(Object.getPrototypeOf(Float32Array.prototype) as Float32Array, 'set')
  onTestFinished(() => copies.mockRestore())
  await dispatcher.forward(relu(), x, { out: y })
  await dispatcher.backward(relu(), x, y, { out: y })
  await dispatcher.forward(relu(), x.subarray(1, 97), { out: y.subarray(3, 99) })
  expect(copies).not.toHaveBeenCalled()
  expect(y.every(value => value === 0)).toBe(true)
})

test('another memory where one is full, and more for more: none is ever detached', async () => {
  const dispatcher = await onCpu()
  const first = dispatcher.allocate(MIB).fill(1)
  const second = dispatcher.allocate(30 * MIB)
  const third = dispatcher.allocate(MIB)
  expect(first.buffer.byteLength).toBe(64 * MIB)
  expect(second.buffer.byteLength).toBe(480 * MIB)
  expect(third.buffer).toBe(second.buffer)
  expect(first.length).toBe(MIB)
  second[7] = -1
  // One memory reads from the other.
  await dispatcher.forward(relu(), second.subarray(0, MIB), { out: first })
  expect(first.every(value => value === 0)).toBe(true)
  // An engine refuses to detach it, or gives a copy.
  try {
    structuredClone(first, { transfer: [first.buffer] })
  } catch {}
  expect(first.length).toBe(MIB)
})

test('less than it would like, where there is less', async () => {
  const dispatcher = await onCpu()
  const asked = limitMemory(5 * MIB)
  const array = dispatcher.allocate(MIB / 2)
  expect(asked).toEqual([64, 32, 16, 8, 4].map(size => size * MIB))
  expect(array.buffer.byteLength).toBe(4 * MIB)
})

describe('no memory', () => {
  const outOfMemory = expect.objectContaining({ name: 'ActivationsError', code: 'out-of-memory' })

  test('not even for this one', async () => {
    const dispatcher = await onCpu()
    const asked = limitMemory(2 * MIB)
    expect(() => dispatcher.allocate(MIB)).toThrow(outOfMemory)
    // At last what this one needs, with some scratch.
    expect(asked.at(-1)).toBeGreaterThan(4 * MIB)
    expect(asked.at(-1)).toBeLessThan(5 * MIB)
    expect(dispatcher.allocate(MIB / 4)).toHaveLength(MIB / 4)
  })

  test.each([2 ** 30, 2 ** 31, 2 ** 40, Number.MAX_SAFE_INTEGER])('%i elements, which no memory has', async length => {
    const dispatcher = await onCpu()
    expect(() => dispatcher.allocate(length)).toThrow(outOfMemory)
  })

  test('ordinary arrays neither', async () => {
    const plain = await createDispatcherWith({ processor: 'cpu' }, { missing: 'Not for this test.' })
    expect(() => plain.allocate(2 ** 50)).toThrow(outOfMemory)
  })
})

test('ordinary arrays where there are no kernels', async () => {
  const plain = await createDispatcherWith({ processor: 'cpu' }, { missing: 'Not for this test.' })
  const array = plain.allocate(5)
  expect(array).toEqual(new Float32Array(5))
  expect(array.buffer.byteLength).toBe(20)
})

test.each([-1, 0.5, NaN, Infinity, '5', undefined, 2 ** 53])('no length: %j', async length => {
  const dispatcher = await onCpu()
  expect(() => dispatcher.allocate(length as number)).toThrow(
    expect.objectContaining({ name: 'InputError', code: 'invalid-argument' }),
  )
})

test('not by a dispatcher that was destroyed; its arrays stay', async () => {
  const dispatcher = await onCpu()
  const array = dispatcher.allocate(3).fill(-1)
  dispatcher.destroy()
  expect(() => dispatcher.allocate(1)).toThrow(expect.objectContaining({ code: 'destroyed' }))
  const other = await onCpu()
  expect(await other.forward(relu(), array, { out: array })).toEqual(new Float32Array(3))
})

test('a memory goes when its last array does', async () => {
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void
  const dispatcher = await onCpu()
  const dropped = new WeakRef(dispatcher.allocate(1000).buffer)
  const kept = dispatcher.allocate(1000)
  const keptToo = new WeakRef(dispatcher.allocate(17 * MIB).buffer)
  const third = dispatcher.allocate(60 * MIB)
  const collectAll = async (): Promise<void> => {
    // A WeakRef holds what it was asked for until the task ends.
    for (let i = 0; i < 3; i++) {
      await new Promise(resolve => {
        setTimeout(resolve)
      })
      collect()
    }
  }
  await collectAll()
  expect(dropped.deref()).toBe(kept.buffer)
  expect(keptToo.deref()).toBeUndefined()
  expect(await dispatcher.forward(relu(), third.subarray(0, 1000), { out: kept })).toEqual(new Float32Array(1000))
})
