import { InputError, show } from './errors.ts'
import { after, platform } from './platform.ts'

/** A signal that cancels a wait. */
export type Signal = AbortSignal | Ending

/** Cancels waits inside the library, like an AbortController, which not every engine has. */
export class Ending {
  readonly callbacks = new Set<(reason: unknown) => void>()
  aborted = false
  reason: unknown

  abort(reason: unknown): void {
    if (this.aborted) return
    this.aborted = true
    this.reason = reason
    for (const call of this.callbacks) call(reason)
  }
}

/** The conditions that end a wait for an answer: signals, and a time limit. */
export interface Deadline {
  /** Each signal ends the wait with its reason. */
  readonly signals: readonly Signal[]
  /** In milliseconds; Infinity for no limit. */
  readonly timeLimit: number
}

export const FOREVER: Deadline = { signals: [], timeLimit: Infinity }

// setTimeout fires at once for a longer delay.
export const LONGEST_TIMER_MS = 2 ** 31 - 1

// After a blocked event loop the timeout fires before the settled promise is seen; so look once more after 100 ms.
export const SECOND_LOOK_MS = 100

/**
 * A FIFO queue of requests to one device. A request's time limit restarts when an earlier one completes, so queueing does not count as
 * hanging.
 */
export class RequestQueue {
  #asked = 0
  /** The number of completed requests. */
  answered = 0
  #latest = 0

  /** Adds a request by the promise of its answer; returns its position. */
  add(answer: Promise<unknown>): number {
    const position = ++this.#asked
    const isAnswered = (): void => {
      this.answered++
      this.#latest = Math.max(this.#latest, position)
    }
    answer.then(isAnswered, isAnswered)
    return position
  }

  /** Returns true if a later request has completed before the one at this position. */
  isPassedOver(position: number): boolean {
    return this.#latest > position
  }
}

/**
 * Waits for an answer until a deadline.
 *
 * @param late makes the error for an exceeded time limit
 * @param queue the other requests to the same device: the time limit restarts when an earlier one completes
 * @throws the reason of the first aborted signal, the error of `late`, or the rejection of the answer
 */
export async function waitFor<Answer>(
  answer: Promise<Answer>,
  { signals, timeLimit }: Deadline,
  late: () => Error,
  queue = new RequestQueue(),
): Promise<Answer> {
  let stop = (): void => {}
  let ends: (() => void)[] = []
  try {
    return await new Promise((resolve, reject) => {
      answer.then(resolve, reject)
      throwIfAborted(signals)
      ends = signals.map(signal => onAbort(signal, reject))
      if (timeLimit > LONGEST_TIMER_MS) return
      const position = queue.add(answer)
      const grace = Math.min(SECOND_LOOK_MS, timeLimit / 2)
      const begin = (): void => {
        const { answered } = queue
        const look = (next: () => void): void => {
          if (queue.answered > answered && !queue.isPassedOver(position)) begin()
          else next()
        }
        const giveUp = (): void => look(() => reject(late()))
        stop = after(timeLimit - grace, () => look(() => (stop = after(grace, giveUp))))
      }
      begin()
    })
  } finally {
    stop()
    for (const end of ends) end()
  }
}

/** Waits for an answer without a time limit. @throws the reason of the first aborted signal, or the rejection of the answer */
export function unlessAborted<Answer>(answer: Promise<Answer>, signals: readonly Signal[]): Promise<Answer> {
  return waitFor(answer, { signals, timeLimit: Infinity }, () => new RangeError('For ever is over.'))
}

interface Listening extends Pick<Ending, 'callbacks'> {
  readonly stop?: () => void
}

// All waits share one listener on a signal, because Node warns of more than ten.
const listeners = new WeakMap<AbortSignal, Listening>()

/** Calls back when a signal is aborted; returns a function that removes the callback. */
export function onAbort(signal: Signal, callback: (reason: unknown) => void): () => void {
  const { callbacks, stop }: Listening = signal instanceof Ending ? signal : (listeners.get(signal) ?? listenTo(signal))
  callbacks.add(callback)
  return () => {
    // The engine keeps a signal of AbortSignal.any() alive while it has a listener.
    if (callbacks.delete(callback) && callbacks.size === 0) stop?.()
  }
}

function listenTo(signal: AbortSignal): Listening {
  const callbacks: Ending['callbacks'] = new Set()
  const listener = (): void => {
    for (const call of callbacks) call(reasonOf(signal))
  }
  const stop = (): void => {
    listeners.delete(signal)
    own('removeEventListener').call(signal, 'abort', listener)
  }
  own('addEventListener').call(signal, 'abort', listener)
  const listening = { callbacks, stop }
  listeners.set(signal, listening)
  return listening
}

/** Throws if a signal is aborted. @throws the reason of the first aborted signal */
export function throwIfAborted(signals: readonly (Signal | undefined)[]): void {
  const aborted = signals.find(signal => signal !== undefined && isAborted(signal))
  if (aborted !== undefined) throw reasonOf(aborted)
}

/** Returns true if a signal is aborted. The platform's getter decides, because a property of the object may shadow it. */
export function isAborted(signal: Signal): boolean {
  return signal instanceof Ending ? signal.aborted : (ownGetter('aborted')!.call(signal) as boolean)
}

function reasonOf(signal: Signal): unknown {
  if (signal instanceof Ending) return signal.reason
  const reason = ownGetter('reason')?.call(signal)
  // Some polyfills, such as React Native's, have no reason.
  return reason === undefined
    ? Object.defineProperty(new Error('The call was aborted.'), 'name', { value: 'AbortError' })
    : reason
}

// Reads a method from the prototype of the platform, or of a polyfill, because a property of the signal may shadow it.
function own(method: 'addEventListener' | 'removeEventListener'): (this: unknown, ...given: unknown[]) => unknown {
  return Reflect.get(platform('AbortSignal')!.prototype, method) as ReturnType<typeof own>
}

function ownGetter(name: 'aborted' | 'reason'): ((this: unknown) => unknown) | undefined {
  const descriptor = Object.getOwnPropertyDescriptor(platform('AbortSignal')!.prototype, name) ?? {}
  return Reflect.get(descriptor, 'get') as ReturnType<typeof ownGetter>
}

const unheard = (): void => {}

/** Checks a `signal`, which must come from an AbortController of the platform. @throws InputError */
export function readSignal(signal: unknown): AbortSignal | undefined {
  if (signal === undefined) return undefined
  if (platform('AbortSignal') === undefined) {
    const message = `A signal is given, ${show(signal)}, and there is no AbortSignal here.`
    throw new InputError('invalid-argument', message, 'Leave it out.')
  }
  try {
    isAborted(signal as AbortSignal)
    // Node 20 accepts a proxy of a signal above, and Node 24 gives a frozen one no listener. These calls fail there.
    own('addEventListener').call(signal, 'abort', unheard)
    own('removeEventListener').call(signal, 'abort', unheard)
    return signal as AbortSignal
  } catch (cause) {
    const message = `The signal is ${show(signal)}.`
    throw new InputError('invalid-argument', message, 'Give the signal of an AbortController, or leave it out.', {
      cause,
    })
  }
}
