import { afterEach, describe, expect, onTestFinished, test } from 'vitest'
import {
  createDispatcher,
  type Dispatcher,
  type DispatcherOptions,
  gelu,
  prelu,
  relu,
  swiglu,
} from '../../src/index.ts'
import { expectSameElements, maskOf, reluGradientOf, reluOf, scrambled } from '../support/elements.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { preluForward } from '../support/prelu.ts'
import { reluBackward, reluForward } from '../support/truth.ts'

// The CPU off the main thread, in one worker: a Worker, or a thread of Node.

const workerBefore = Object.getOwnPropertyDescriptor(globalThis, 'Worker')

function withWorker(Constructor: unknown): void {
  Object.defineProperty(globalThis, 'Worker', { configurable: true, writable: true, value: Constructor })
}

/** Hides the threads of Node until the test has ended. */
function withoutThreads(): void {
  const { process } = globalThis as { process?: { getBuiltinModule?: unknown } }
  if (process?.getBuiltinModule === undefined) return
  const before = process.getBuiltinModule
  process.getBuiltinModule = undefined
  onTestFinished(() => void (process.getBuiltinModule = before))
}

function putBack(): void {
  if (workerBefore === undefined) Reflect.deleteProperty(globalThis, 'Worker')
  else Object.defineProperty(globalThis, 'Worker', workerBefore)
}

afterEach(putBack)

async function dispatcherOf(options: DispatcherOptions = {}): Promise<Dispatcher> {
  const dispatcher = await createDispatcher({ processor: 'cpu', worker: 1, ...options })
  onTestFinished(() => dispatcher.destroy())
  return dispatcher
}

// Long enough for a worker, and no whole number of vectors, mask words or chunks; 15 slopes fit.
const length = 2 ** 17 + 2 ** 14 + 9
const [x, dy] = [scrambledBits(length, 1), scrambledBits(length, 2)]
const [y, dx] = [reluForward(x), reluBackward(x, dy)]

describe('in a worker', () => {
  test('the report says so', async () => {
    const dispatcher = await dispatcherOf()
    expect(dispatcher.report.cpu).toMatchObject({ path: 'wasm', reason: expect.stringMatching(/worker/), worker: true })
    const without = await dispatcherOf({ worker: false })
    expect(without.report.cpu.worker).toBe(false)
  })

  test('copies go there: what is given stays', async () => {
    const dispatcher = await dispatcherOf()
    const [input, gradient] = [x.slice(), dy.slice()]
    const call = dispatcher.forward(relu(), input)
    // It has been copied.
    input.fill(NaN)
    expectSameBits(await call, y)
    expectSameBits(await dispatcher.backward(relu(), x, gradient), dx)
    expectSameBits(gradient, dy)
    const { y: masked, mask } = await dispatcher.forward(relu(), x, { mask: true })
    expectSameBits(masked, y)
    expectSameElements(mask, maskOf('f32', new Int32Array(x.buffer)))
    expectSameBits(await dispatcher.backward(relu(), { mask }, dy), dx)
    expectSameBits(await dispatcher.backward(relu(), { y }, dy), dx)
    expect(mask.length).toBe(Math.ceil(length / 32))
  })

  test('formats, slopes, pairs, smooth functions: as on the main thread', async () => {
    const [dispatcher, main] = [await dispatcherOf(), await dispatcherOf({ worker: false })]
    const halves = scrambled('f16', length, 3) as Uint16Array<ArrayBuffer>
    expectSameElements(await dispatcher.forward(relu(), halves, { format: 'f16' }), reluOf('f16', halves))
    const [words, gradient] = [scrambled('i32', length, 4), scrambled('i32', length, 5)] as [
      Int32Array<ArrayBuffer>,
      Int32Array<ArrayBuffer>,
    ]
    const expected = reluGradientOf('i32', words, gradient)
    expectSameElements(await dispatcher.backward(relu(), words, gradient), expected)
    const slopes = { alpha: Float32Array.of(0.25, -1, 3), inner: 5 }
    expectSameBits(await dispatcher.forward(prelu(slopes), x), preluForward(slopes, x))
    expectSameBits(await dispatcher.forward(gelu(), x), await main.forward(gelu(), x))
    const [there, here] = await Promise.all([dispatcher, main].map(one => one.backward(swiglu(), x, y, dy)))
    expectSameBits(there!.dGate, here!.dGate)
    expectSameBits(there!.dUp, here!.dUp)
  })

  test('many at a time, each its own result', async () => {
    const dispatcher = await dispatcherOf()
    const calls = Array.from({ length: 5 }, (_, i) => dispatcher.forward(relu(), new Float32Array(length).fill(i)))
    const results = await Promise.all(calls)
    expect(results.map(result => [result[0], result.at(-1)])).toEqual([0, 1, 2, 3, 4].map(i => [i, i]))
  })

  test('what may be transferred is, and nothing else', async () => {
    const dispatcher = await dispatcherOf()
    const transfer = true
    const whole = x.slice()
    expectSameBits(await dispatcher.forward(relu(), whole, { transfer }), y)
    expect(whole.buffer.byteLength).toBe(0)
    const [both, part] = [dy.slice(), x.slice().subarray(1)]
    expectSameBits(await dispatcher.backward(relu(), both, both, { transfer }), reluBackward(dy, dy))
    expect(both.buffer.byteLength).toBe(0)
    const allocated = dispatcher.allocate(length)
    allocated.set(x)
    // A page that is not cross-origin isolated has no SharedArrayBuffer by name.
    const pages = Math.ceil(length / 2 ** 14)
    const { buffer } = new WebAssembly.Memory({ shared: true, initial: pages, maximum: pages })
    const shared = new Float32Array(buffer, 0, length)
    shared.set(x)
    for (const kept of [part, allocated, shared]) {
      expectSameBits(await dispatcher.forward(relu(), kept, { transfer }), reluForward(kept.slice()))
      expect(kept.length).toBeGreaterThan(0)
    }
    const { mask } = await dispatcher.forward(relu(), x.slice(), { mask: true, transfer })
    expectSameBits(await dispatcher.backward(relu(), { mask }, dy.slice(), { transfer }), dx)
    expect(mask.length).toBeGreaterThan(0)
  })

  test('what cannot be transferred takes nothing else with it', async () => {
    const dispatcher = await dispatcherOf()
    // The whole of a memory that WebAssembly does not let go.
    const pages = Math.ceil(length / 2 ** 14)
    const memory = new Float32Array(new WebAssembly.Memory({ initial: pages }).buffer)
    const [input, gradient] = [scrambledBits(memory.length, 1), scrambledBits(memory.length, 2)]
    memory.set(gradient)
    const expected = reluBackward(input, gradient)
    expectSameBits(await dispatcher.backward(relu(), input, memory, { transfer: true }), expected)
    expect(input.length).toBe(0)
    expectSameBits(memory, gradient)
    // Beside a part of itself.
    const whole = scrambledBits(2 * length, 3)
    const [first, second] = [whole.slice(0, length), whole.subarray(length)]
    const dxOfParts = reluBackward(second, first)
    expectSameBits(await dispatcher.backward(relu(), second, first, { transfer: true }), dxOfParts)
    expect([first.length, second.length]).toEqual([0, length])
  })

  test('an out that is detached meanwhile', async () => {
    const dispatcher = await dispatcherOf()
    const out = new Float32Array(length)
    const call = dispatcher.forward(relu(), x, { out })
    structuredClone(out.buffer, { transfer: [out.buffer] })
    await expect(call).rejects.toMatchObject({ code: 'invalid-array' })
    expectSameBits(await dispatcher.forward(relu(), x), y)
  })

  test('a pair over one array, transferred', async () => {
    const [dispatcher, main] = [await dispatcherOf(), await dispatcherOf({ worker: false })]
    const expected = await main.backward(swiglu(), x, x, dy)
    const same = x.slice()
    const { dGate, dUp } = await dispatcher.backward(swiglu(), same, same, dy.slice(), { transfer: true })
    expectSameBits(dGate, expected.dGate)
    expectSameBits(dUp, expected.dUp)
    expect(same.length).toBe(0)
  })

  test('into an array of the caller, which is not transferred', async () => {
    const dispatcher = await dispatcherOf()
    const [input, out] = [x.slice(), dispatcher.allocate(length)]
    expect(await dispatcher.forward(relu(), input, { out, transfer: true })).toBe(out)
    expectSameBits(out, y)
    expect(input.length).toBe(0)
    const inPlace = x.slice()
    expect(await dispatcher.forward(relu(), inPlace, { out: inPlace, transfer: true })).toBe(inPlace)
    expectSameBits(inPlace, y)
  })

  test('destroyed while it computes', async () => {
    const dispatcher = await dispatcherOf()
    const calls = [dispatcher.forward(relu(), x), dispatcher.forward(relu(), x.slice(), { transfer: true })]
    dispatcher.destroy()
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'destroyed' })
    await expect(dispatcher.forward(relu(), x)).rejects.toMatchObject({ code: 'destroyed' })
  })

  test('a signal ends its call alone, and the array of that stays as it is', async () => {
    const dispatcher = await dispatcherOf()
    const controller = new AbortController()
    const out = new Float32Array(length).fill(7)
    const calls = [
      dispatcher.forward(relu(), x, { out, signal: controller.signal }),
      dispatcher.forward(relu(), x.slice(), { transfer: true, signal: controller.signal }),
    ]
    const other = dispatcher.backward(relu(), x, dy, { signal: new AbortController().signal })
    const reason = new Error('enough')
    controller.abort(reason)
    for (const call of calls) await expect(call).rejects.toBe(reason)
    expectSameBits(await other, dx)
    expect(out.every(element => element === 7)).toBe(true)
    expect(dispatcher.report.cpu.worker).toBe(true)
  })
})

describe('where there is no worker the calling thread computes', () => {
  class Silent extends EventTarget {
    terminate(): void {}
    say(type: string, what: object): void {
      setTimeout(() => this.dispatchEvent(Object.assign(new Event(type), what)))
    }
  }
  const missing: readonly [string, unknown, RegExp][] = [
    ['none at all', undefined, /there is no Worker here/],
    [
      'one that is refused',
      function refused() {
        throw new DOMException('violates the policy', 'SecurityError')
      },
      /violates the policy/,
    ],
    [
      'one that does not start',
      class extends Silent {
        postMessage(): void {
          this.say('error', { message: '' })
        }
      },
      /does not start/,
    ],
    [
      'one that says nothing',
      class extends Silent {
        postMessage(): void {}
      },
      /did not start within 50 ms/,
    ],
    [
      'one that does not take the kernels',
      class extends Silent {
        postMessage(): void {
          throw new DOMException('could not be cloned', 'DataCloneError')
        }
      },
      /could not be cloned/,
    ],
  ]
  test.each(missing)('%s', async (_, Constructor, reason) => {
    withWorker(Constructor)
    withoutThreads()
    const dispatcher = await dispatcherOf({ timeLimit: 50 })
    expect(dispatcher.report.cpu).toMatchObject({ path: 'wasm', reason: expect.stringMatching(reason), worker: false })
    // It may itself be a worker's.
    expect(dispatcher.report.cpu.reason).toMatch(/^The calling thread computes, /)
    expectSameBits(await dispatcher.forward(relu(), x), y)
  })

  /** A worker that starts, and meets its first call in its own way. */
  const failing = (meet: (worker: Silent, call: { done: number; tensors: { bytes: Uint8Array }[] }) => void) =>
    class extends Silent {
      postMessage(message: object, transfer: ArrayBuffer[]): void {
        if ('module' in message) this.say('message', { data: 'ready' })
        else meet(this, structuredClone(message, { transfer }) as { done: number; tensors: { bytes: Uint8Array }[] })
      }
    }

  test('one that fails on the way gives back what it has, and is taken over', async () => {
    const done = 2 ** 14
    withWorker(
      failing((worker, call) => {
        for (const { bytes } of call.tensors) new Float32Array(bytes.buffer).fill(-777, 0, done)
        worker.say('message', { data: { call: { ...call, done }, failure: 'RuntimeError: unreachable' } })
      }),
    )
    const dispatcher = await dispatcherOf()
    for (const transfer of [false, true]) {
      const result = await dispatcher.forward(relu(), x.slice(), { transfer })
      expect(result.subarray(0, done).every(value => value === -777)).toBe(true)
      expectSameBits(result.subarray(done), y.subarray(done))
    }
  })

  test('one that is lost takes with it only what it was given', async () => {
    withWorker(failing(worker => worker.say('error', { message: 'out of memory' })))
    const dispatcher = await dispatcherOf()
    expect(dispatcher.report.cpu.worker).toBe(true)
    const given = x.slice()
    const calls = [dispatcher.forward(relu(), given, { transfer: true }), dispatcher.forward(relu(), x)] as const
    await expect(calls[0]).rejects.toMatchObject({
      name: 'ActivationsError',
      code: 'worker-failure',
      message: expect.stringMatching(/out of memory/),
    })
    expectSameBits(await calls[1], y)
    expect(dispatcher.report.cpu).toMatchObject({
      path: 'wasm',
      reason: expect.stringMatching(/out of memory/),
      worker: false,
    })
    // It is not asked again.
    const kept = x.slice()
    expectSameBits(await dispatcher.forward(relu(), kept, { transfer: true }), y)
    expect(kept.length).toBe(length)
  })

  test('one that keeps silent is given up', async () => {
    withWorker(failing(() => {}))
    const dispatcher = await dispatcherOf({ timeLimit: 50 })
    const calls = [1, 2].map(() => dispatcher.forward(relu(), x))
    const given = dispatcher.forward(relu(), x.slice(), { transfer: true })
    for (const call of calls) expectSameBits(await call, y)
    await expect(given).rejects.toMatchObject({
      code: 'worker-failure',
      message: expect.stringMatching(/silent for 50/),
    })
    expect(dispatcher.report.cpu).toMatchObject({ worker: false, reason: expect.stringMatching(/silent/) })
    expectSameBits(await dispatcher.forward(relu(), x), y)
  })

  test('an array that is detached before a worker is lost', async () => {
    withWorker(failing(worker => worker.say('error', { message: 'gone' })))
    const dispatcher = await dispatcherOf()
    const input = x.slice()
    const call = dispatcher.forward(relu(), input)
    structuredClone(input, { transfer: [input.buffer] })
    await expect(call).rejects.toMatchObject({ code: 'invalid-array' })
  })
})
