import { describe, expect, test, vi } from 'vitest'
import { onAbort, readSignal, throwIfAborted, waitFor } from '../src/abort.ts'

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

test('who no longer listens is not called', () => {
  const controller = new AbortController()
  const [heard, unheard] = [vi.fn(), vi.fn()]
  onAbort(controller.signal, heard)
  onAbort(controller.signal, unheard)()
  controller.abort(reason)
  expect(heard.mock.calls).toEqual([[reason]])
  expect(unheard).not.toHaveBeenCalled()
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
