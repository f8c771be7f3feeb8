import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { onAbort, readSignal, throwIfAborted, RequestQueue, waitFor } from '../../../src/support/deadlines.ts'
import { frozenTargetsHear } from '../../support/event-target.ts'

const never = new Promise<never>(() => {})
const reason = new Error('enough')
const late = (): Error => new Error('late')

describe('waiting', () => {
  test('for an answer', async () => {
    const { signal } = new AbortController()
    const waiting = { signals: [signal], timeLimit: 1000 }
    expect(await waitFor(Promise.resolve(7), waiting, late)).toBe(7)
    await expect(waitFor(Promise.reject(reason), waiting, late)).rejects.toBe(reason)
  })

  test.each([0, 1])('ends when a signal is aborted', async which => {
    const controllers = [new AbortController(), new AbortController()]
    const answer = waitFor(never, { signals: controllers.map(({ signal }) => signal), timeLimit: Infinity }, late)
    controllers[which]!.abort(reason)
    await expect(answer).rejects.toBe(reason)
  })

  test('ends at once when a signal is aborted before', async () => {
    const signals = [AbortSignal.abort(reason)]
    await expect(waitFor(never, { signals, timeLimit: Infinity }, late)).rejects.toBe(reason)
    expect(() => throwIfAborted(signals)).toThrow(reason)
    expect(() => throwIfAborted([undefined, new AbortController().signal])).not.toThrow()
  })

  test('ends when time is up, and not before', async () => {
    vi.useFakeTimers()
    try {
      const answer = waitFor(never, { signals: [], timeLimit: 1000 }, late)
      const outcome = vi.fn()
      answer.catch(outcome)
      await vi.advanceTimersByTimeAsync(999)
      expect(outcome).not.toHaveBeenCalled()
      await vi.advanceTimersByTimeAsync(1)
      expect(outcome).toHaveBeenCalledWith(late())
      // Longer than a timer can be set for, which would go off at once.
      for (const timeLimit of [2 ** 31, Infinity]) void waitFor(never, { signals: [], timeLimit }, late)
      expect(vi.getTimerCount()).toBe(0)
    } finally {
      vi.useRealTimers()
    }
  })

  test('leaves no timer and no listener behind', async () => {
    vi.useFakeTimers()
    try {
      const { signal } = new AbortController()
      const add = vi.spyOn(EventTarget.prototype, 'addEventListener')
      const waiting = { signals: [signal], timeLimit: 1000 }
      await Promise.all(Array.from({ length: 100 }, () => waitFor(Promise.resolve(), waiting, late)))
      expect(vi.getTimerCount()).toBe(0)
      expect(add.mock.contexts).toEqual([signal])
    } finally {
      vi.restoreAllMocks()
      vi.useRealTimers()
    }
  })
})

describe('of those who wait in turn', () => {
  const waiting = { signals: [], timeLimit: 1000 }
  const answers = (count: number) =>
    Array.from({ length: count }, () => {
      let resolve!: (answer: number) => void
      return { promise: new Promise<number>(give => (resolve = give)), resolve: (answer: number) => resolve(answer) }
    })

  /** What became of each, as far as anything did. */
  function outcomesOf(promises: readonly Promise<unknown>[], turns = new RequestQueue()): unknown[] {
    const outcomes: unknown[] = promises.map(() => undefined)
    for (const [i, promise] of promises.entries()) {
      waitFor(promise, waiting, late, turns).then(
        answer => (outcomes[i] = answer),
        (error: Error) => (outcomes[i] = error.message),
      )
    }
    return outcomes
  }

  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('none is late as long as those before are answered in time', async () => {
    const asked = answers(5)
    const outcomes = outcomesOf(asked.map(({ promise }) => promise))
    for (const [i, { resolve }] of asked.entries()) {
      await vi.advanceTimersByTimeAsync(900)
      resolve(i)
    }
    await vi.advanceTimersByTimeAsync(0)
    expect(outcomes).toEqual([0, 1, 2, 3, 4])
  })

  test('all are late when nobody is answered any more', async () => {
    const asked = answers(3)
    const outcomes = outcomesOf(asked.map(({ promise }) => promise))
    asked[0]!.resolve(0)
    // The time begins anew when it is looked at first.
    await vi.advanceTimersByTimeAsync(1899)
    expect(outcomes).toEqual([0, undefined, undefined])
    await vi.advanceTimersByTimeAsync(1)
    expect(outcomes).toEqual([0, 'late', 'late'])
  })

  test('one is late when others are answered that asked after it', async () => {
    const asked = answers(3)
    const outcomes = outcomesOf(asked.map(({ promise }) => promise))
    asked[1]!.resolve(1)
    await vi.advanceTimersByTimeAsync(1000)
    expect(outcomes).toEqual(['late', 1, undefined])
  })

  test('an answer that a busy thread finds beside the timer is taken', async () => {
    const [first] = answers(1)
    const outcomes = outcomesOf([first!.promise])
    // The first look; and what was there all the time comes to light behind it.
    await vi.advanceTimersByTimeAsync(900)
    first!.resolve(7)
    await vi.advanceTimersByTimeAsync(0)
    expect(outcomes).toEqual([7])
  })
})

test('a signal that nobody waits for has no listener', async () => {
  const { signal } = new AbortController()
  const remove = vi.spyOn(EventTarget.prototype, 'removeEventListener')
  try {
    const waits = [1, 2].map(answer => waitFor(Promise.resolve(answer), { signals: [signal], timeLimit: 1000 }, late))
    expect(await Promise.all(waits)).toEqual([1, 2])
    expect(remove.mock.contexts).toEqual([signal])
  } finally {
    remove.mockRestore()
  }
  // And another one who comes is heard.
  const again = waitFor(
    never,
    { signals: [AbortSignal.any([signal, AbortSignal.abort(reason)])], timeLimit: 1000 },
    late,
  )
  await expect(again).rejects.toBe(reason)
})

test('who no longer listens is not called', () => {
  const controller = new AbortController()
  const [heard, unheard] = [vi.fn(), vi.fn()]
  onAbort(controller.signal, heard)
  onAbort(controller.signal, unheard)()
  controller.abort(reason)
  expect(heard.mock.calls).toEqual([[reason]])
  expect(unheard).not.toHaveBeenCalled()
})

test('a frozen signal is one where it can be listened to', () => {
  const signal = Object.freeze(new AbortController().signal)
  if (frozenTargetsHear) expect(readSignal(signal)).toBe(signal)
  else expect(() => readSignal(signal)).toThrow(/The signal is/)
})

test.each([
  ['null', null],
  ['a controller', new AbortController()],
  ['one that looks like it', { aborted: false, addEventListener: () => {}, removeEventListener: () => {} }],
  ['one made from it', Object.create(AbortSignal.prototype)],
  ['a proxy that refuses', new Proxy(AbortSignal.abort(), { get: () => expect.unreachable() })],
])('%s is no signal', (_, value) => {
  expect(() => readSignal(value)).toThrow(/The signal is/)
})
