import { describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  createDispatcher,
  type Dispatcher,
  type DispatcherOptions,
  gelu,
  isGlu,
  prelu,
  relu,
  sigmoid,
  swiglu,
} from '../../src/index.ts'
import { allActivations, allGlus } from '../activations/lookup.ts'
import { samplesOfAnyLength } from '../activations/samples.ts'
import { knownPairs } from '../support/pairs.ts'
import { expectSameElements, scrambled } from '../support/elements.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'

// The CPU on several threads, which share memory where they can: in Node, and in a page that is cross-origin isolated.

const isShared = typeof SharedArrayBuffer !== 'undefined'

async function dispatcherOf(options: DispatcherOptions = {}): Promise<Dispatcher> {
  const dispatcher = await createDispatcher({ processor: 'cpu', worker: 3, ...options })
  onTestFinished(() => dispatcher.destroy())
  return dispatcher
}

// Long enough for threads, and no whole number of vectors, mask words or chunks.
const length = 2 ** 17 + 2 ** 14 + 9
/** Arrays that begin at no whole vector. */
const array = (seed: number): Float32Array<ArrayBuffer> => scrambledBits(length + 3, seed).subarray(3)
const [x, up, dy] = [array(1), array(2), array(3)]

test('the report says how many threads compute, or why one does', async () => {
  const { cpu } = (await dispatcherOf()).report
  expect(cpu).toMatchObject({ path: 'wasm', worker: true, threads: isShared ? 3 : 1 })
  expect(cpu.reason).toMatch(isShared ? /3 threads compute/ : /not cross-origin isolated/)
  const all = (await dispatcherOf({ worker: true })).report.cpu
  expect(all.worker).toBe(true)
  expect(all.threads).toBeGreaterThanOrEqual(1)
  expect(all.threads).toBeLessThanOrEqual(4)
})

test.each([0, 17, 1.5, NaN, -1, '2'])('worker: %s', async worker => {
  const creating = createDispatcher({ processor: 'cpu', worker: worker as number })
  await expect(creating).rejects.toMatchObject({ name: 'InputError', code: 'invalid-argument' })
  await expect(creating).rejects.toThrow(/from 1 to 16/)
})

describe('the same bits as one thread', async () => {
  const [one, several] = await Promise.all([false, 3].map(worker => createDispatcher({ processor: 'cpu', worker })))
  const expectSame = async (call: (dispatcher: Dispatcher) => Promise<Float32Array>): Promise<void> => {
    const [expected, actual] = [await call(one!), await call(several!)]
    expectSameBits(actual, expected)
  }

  test.each(samplesOfAnyLength.map(({ call, activation }) => [call, activation] as const))(
    '%s',
    async (_, activation) => {
      await expectSame(dispatcher => dispatcher.forward(activation, x))
      await expectSame(dispatcher => dispatcher.backward(activation, x, dy))
      await expectSame(dispatcher =>
        dispatcher.forward(activation, x, { out: new Float32Array(length + 1).subarray(1) }),
      )
    },
  )

  test.each(knownPairs.map(({ pair }) => [String(pair), pair] as const))('%s', async (_, pair) => {
    await expectSame(dispatcher => dispatcher.forward(pair, x, up))
    await expectSame(async dispatcher => (await dispatcher.backward(pair, x, up, dy)).dGate)
    await expectSame(async dispatcher => (await dispatcher.backward(pair, x, up, dy)).dUp)
  })

  test.each(['halves', 'interleaved'] as const)('pairs as %s', async layout => {
    const columns = 1201
    const rows = 120
    const [both, gradient] = [scrambledBits(2 * rows * columns, 4), scrambledBits(rows * columns, 5)]
    await expectSame(dispatcher => dispatcher.forward(swiglu(), both, { columns, layout }))
    await expectSame(dispatcher => dispatcher.backward(swiglu(), both, gradient, { columns, layout, order: 'up-gate' }))
    await expectSame(dispatcher => {
      const inPlace = both.slice()
      return dispatcher.backward(swiglu(), inPlace, gradient, { columns, layout, out: inPlace })
    })
  })

  test.each(['f16', 'bf16'] as const)('%s, with masks and slopes', async format => {
    const [words, gradient] = [6, 7].map(seed => scrambled(format, length, seed) as Uint16Array<ArrayBuffer>)
    const slopes = prelu({ alpha: Float32Array.of(0.25, -1, 3, 0.5, 2), inner: 3 })
    const whole = length - (length % 15)
    const calls: readonly ((dispatcher: Dispatcher) => Promise<Uint16Array<ArrayBuffer> | Uint32Array>)[] = [
      dispatcher => dispatcher.forward(gelu(), words!, { format }),
      dispatcher => dispatcher.backward(gelu(), words!, gradient!, { format }),
      async dispatcher => (await dispatcher.forward(relu(), words!, { format, mask: true })).y,
      async dispatcher => (await dispatcher.forward(relu(), words!, { format, mask: true })).mask,
      async dispatcher => {
        const { mask } = await dispatcher.forward(relu(), words!, { format, mask: true })
        return dispatcher.backward(relu(), { mask }, gradient!, { format })
      },
      dispatcher => dispatcher.forward(slopes, words!.subarray(0, whole), { format }),
      dispatcher => dispatcher.backward(slopes, words!.subarray(0, whole), gradient!.subarray(0, whole), { format }),
    ]
    for (const call of calls) expectSameElements(await call(several!), await call(one!))
  })

  test('in place, from y, of one array twice, and in the memory of the kernels', async () => {
    await expectSame(dispatcher => {
      const inPlace = x.slice()
      return dispatcher.forward(sigmoid(), inPlace, { out: inPlace })
    })
    await expectSame(dispatcher => dispatcher.backward(sigmoid(), { y: up }, dy))
    await expectSame(dispatcher => dispatcher.forward(swiglu(), x, x))
    await expectSame(async dispatcher => {
      const allocated = dispatcher.allocate(length)
      allocated.set(x)
      return (await dispatcher.forward(gelu(), allocated, { out: allocated })).slice()
    })
  })

  test('many calls at a time, of inputs that change afterwards', async () => {
    const inputs = [1, 2, 3, 4].map(seed => scrambledBits(length, seed))
    const expected = await Promise.all(inputs.map(input => one!.forward(gelu(), input)))
    const calls = inputs.map(input => {
      const call = several!.forward(gelu(), input)
      input.fill(NaN)
      return call
    })
    for (const [i, call] of calls.entries()) expectSameBits(await call, expected[i]!)
  })

  test('transferred arrays, while the calling thread computes others', async () => {
    const expected = [await one!.forward(gelu(), x), await one!.backward(gelu(), x, dy)]
    for (let round = 0; round < 5; round++) {
      const [input, gradient] = [x.slice(), dy.slice()]
      const there = several!.backward(gelu(), input, gradient, { transfer: true })
      const here = several!.forward(gelu(), x)
      expect(input.length).toBe(0)
      expectSameBits(await here, expected[0]!)
      expectSameBits(await there, expected[1]!)
    }
  })
})

// A lane skips nothing, and a page that is not isolated has no helpers.
const whereShared = isShared ? describe : () => {}
whereShared('helpers', () => {
  /** The memory of the helpers of a dispatcher, in order. */
  async function withMemories(options: DispatcherOptions = {}) {
    const memories: SharedArrayBuffer[] = []
    const Memory = WebAssembly.Memory
    const spy = vi.spyOn(WebAssembly, 'Memory').mockImplementation(function make(descriptor) {
      const memory = new Memory(descriptor)
      if (memory.buffer instanceof SharedArrayBuffer) memories.push(memory.buffer)
      return memory
    })
    const dispatcher = await dispatcherOf(options)
    spy.mockRestore()
    return { dispatcher, memories }
  }

  test('they compute chunks, of the calling thread and of the worker', async () => {
    const { ringOf } = await import('../../src/cpu/wasm/rings.js')
    const { dispatcher, memories } = await withMemories()
    expect(memories).toHaveLength(2)
    const expected = await (await dispatcherOf({ worker: false })).forward(gelu(), x)
    for (const [index, transfer] of [false, true].entries()) {
      const hasHelped = (buffer: SharedArrayBuffer): boolean =>
        ringOf(buffer, index, () => {})
          .words.subarray(2, 10)
          .some(state => state % 4 === 3)
      const helped = async (): Promise<boolean> => {
        expectSameBits(await dispatcher.forward(gelu(), x.slice(), { transfer }), expected)
        return memories.every(hasHelped)
      }
      await expect.poll(helped, { timeout: 20_000 }).toBe(true)
    }
  })

  test.each([0, 1, 2])('where thread %i does not start, all end and the calling thread computes', async failing => {
    const running = new Set<EventTarget>()
    let threads = 0
    class Starting extends EventTarget {
      readonly #type = threads++ === failing ? 'error' : 'message'
      postMessage(): void {
        running.add(this)
        setTimeout(() =>
          this.dispatchEvent(Object.assign(new Event(this.#type), { message: 'no room', data: 'ready' })),
        )
      }
      terminate(): void {
        running.delete(this)
      }
    }
    vi.stubGlobal('Worker', Starting)
    onTestFinished(() => void vi.unstubAllGlobals())
    const dispatcher = await dispatcherOf()
    expect(dispatcher.report.cpu).toMatchObject({
      reason: 'The calling thread computes, for the worker cannot be used: no room.',
      worker: false,
      threads: 1,
    })
    // The two helpers start together, and the worker after them.
    expect(threads).toBe(failing === 2 ? 3 : 2)
    expect(running.size).toBe(0)
    expectSameBits(
      await dispatcher.forward(gelu(), x),
      await (await dispatcherOf({ worker: false })).forward(gelu(), x),
    )
  })

  test('a helper that never finishes is not waited for', async () => {
    const { dispatcher, memories } = await withMemories({ worker: 2 })
    const { ringOf } = await import('../../src/cpu/wasm/rings.js')
    const { words } = ringOf(memories[0]!, 0, () => {})
    const expected = await (await dispatcherOf({ worker: false })).forward(gelu(), x)
    const notify = Atomics.notify
    // It takes a chunk as soon as there is one, and leaves it.
    const spy = vi.spyOn(Atomics, 'notify').mockImplementation((array, at, count) => {
      for (let slot = 2; slot < 10; slot += 2) if (words[slot]! % 4 === 1) words[slot]! += 1
      return notify(array as unknown as Int32Array, at, count)
    })
    onTestFinished(() => spy.mockRestore())
    for (let round = 0; round < 3; round++) expectSameBits(await dispatcher.forward(gelu(), x), expected)
    expect(words.subarray(2, 10).filter(state => state % 4 === 2)).toHaveLength(4)
  })
})

test('every activation is among the samples', () => {
  const names = new Set(samplesOfAnyLength.map(({ activation }) => activation.name))
  expect(allActivations.filter(({ name }) => !names.has(name) && name !== 'prelu')).toEqual([])
  expect(allGlus.filter(({ name }) => !knownPairs.some(({ pair }) => isGlu(pair) && pair.name === name))).toEqual([])
})
