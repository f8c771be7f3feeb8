import { InputError, show } from './errors.ts'

/** For how long to wait for what may never come. */
export interface Waiting {
  /** Each of them ends it, with its reason. */
  readonly signals: readonly AbortSignal[]
  /** Milliseconds; Infinity: for ever. */
  readonly timeLimit: number
}

export const FOREVER: Waiting = { signals: [], timeLimit: Infinity }

// A timer that is set for longer goes off at once.
export const LONGEST_TIMER_MS = 2 ** 31 - 1

/**
 * What is answered, or a rejection with the reason of the first signal that is aborted before.
 *
 * @param late what it rejects with when time is up
 */
export async function waitFor<Answer>(
  answer: Promise<Answer>,
  { signals, timeLimit }: Waiting,
  late: () => Error,
): Promise<Answer> {
  let timer: ReturnType<typeof setTimeout> | undefined
  let ends: (() => void)[] = []
  try {
    return await new Promise((resolve, reject) => {
      answer.then(resolve, reject)
      throwIfAborted(signals)
      ends = signals.map(signal => onAbort(signal, reject))
      if (timeLimit <= LONGEST_TIMER_MS) timer = setTimeout(() => reject(late()), timeLimit)
    })
  } finally {
    clearTimeout(timer)
    for (const end of ends) end()
  }
}

// One listener a signal, however many wait: Node warns of more than ten.
const listeners = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>()

/** Calls back when a signal is aborted; returns what takes that back. */
export function onAbort(signal: AbortSignal, callback: (reason: unknown) => void): () => void {
  const known = listeners.get(signal)
  const callbacks = known ?? new Set()
  if (known === undefined) {
    listeners.set(signal, callbacks)
    signal.addEventListener('abort', () => {
      for (const call of callbacks) call(signal.reason)
    })
  }
  callbacks.add(callback)
  return () => void callbacks.delete(callback)
}

/** @throws the reason of a signal that is aborted */
export function throwIfAborted(signals: readonly (AbortSignal | undefined)[]): void {
  const aborted = signals.find(signal => signal?.aborted === true)
  if (aborted !== undefined) throw aborted.reason
}

/** Checks a `signal`, which only the platform makes. @throws InputError */
export function readSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined
  try {
    Object.getOwnPropertyDescriptor(AbortSignal.prototype, 'aborted')!.get!.call(signal)
    return signal as AbortSignal
  } catch {
    throw new InputError(
      'invalid-argument',
      `The signal is ${show(signal)}.`,
      'Give the signal of an AbortController, or leave it out.',
    )
  }
}
