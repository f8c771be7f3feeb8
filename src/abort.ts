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

/** What is answered, however long it takes, unless a signal is aborted before. */
export function unlessAborted<Answer>(answer: Promise<Answer>, signals: readonly AbortSignal[]): Promise<Answer> {
  return waitFor(answer, { signals, timeLimit: Infinity }, () => new RangeError('For ever is over.'))
}

// One listener a signal, however many wait: Node warns of more than ten.
const listeners = new WeakMap<AbortSignal, Set<(reason: unknown) => void>>()

/** Calls back when a signal is aborted; returns what takes that back. */
export function onAbort(signal: AbortSignal, callback: (reason: unknown) => void): () => void {
  const known = listeners.get(signal)
  const callbacks = known ?? new Set()
  if (known === undefined) {
    listeners.set(signal, callbacks)
    EventTarget.prototype.addEventListener.call(signal, 'abort', () => {
      for (const call of callbacks) call(reasonOf(signal))
    })
  }
  callbacks.add(callback)
  return () => void callbacks.delete(callback)
}

/** @throws the reason of a signal that is aborted */
export function throwIfAborted(signals: readonly (AbortSignal | undefined)[]): void {
  const aborted = signals.find(signal => signal !== undefined && isAborted(signal))
  if (aborted !== undefined) throw reasonOf(aborted)
}

/** Whether a signal is aborted, as the platform has it: its object may say otherwise. */
export function isAborted(signal: AbortSignal): boolean {
  return ownGetter('aborted').call(signal) as boolean
}

function reasonOf(signal: AbortSignal): unknown {
  return ownGetter('reason').call(signal)
}

function ownGetter(name: 'aborted' | 'reason'): (this: unknown) => unknown {
  return Object.getOwnPropertyDescriptor(AbortSignal.prototype, name)!.get!
}

/** Checks a `signal`, which only the platform makes. @throws InputError */
export function readSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined
  try {
    isAborted(signal as AbortSignal)
    // Node (20) takes a proxy for what it stands for, and fails here when that throws.
    EventTarget.prototype.removeEventListener.call(signal, 'abort', null)
    return signal as AbortSignal
  } catch (cause) {
    const message = `The signal is ${show(signal)}.`
    throw new InputError('invalid-argument', message, 'Give the signal of an AbortController, or leave it out.', {
      cause,
    })
  }
}
