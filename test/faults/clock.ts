import { SECOND_LOOK_MS } from '../../src/support/deadlines.ts'

type Callback = () => void

// What the library waits for a while, in case it is still to come.
const SHORT_MS = 100
const HURRY = 20

/**
 * The time that a step of the device may take, wound on by hand: a test need not wait for it, and a slow machine does not run
 * into it. Other timers of the library go faster.
 */
export class LimitClock {
  /** What dispatchers are to be given for `timeLimit`: no other timer has it. */
  static readonly limit = 54_321
  readonly #waiting = new Map<object, Callback>()
  readonly #native = { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout }

  install(): void {
    const { setTimeout, clearTimeout } = this.#native
    const set = (callback: Callback, delay?: number, ...given: unknown[]): unknown => {
      if (delay !== LimitClock.limit - SECOND_LOOK_MS)
        return setTimeout(callback, delay! > SHORT_MS ? delay : (delay ?? 0) / HURRY, ...given)
      const timer = {}
      this.#waiting.set(timer, callback)
      return timer
    }
    const clear = (timer: unknown): void => {
      if (!this.#waiting.delete(timer as object)) clearTimeout(timer as number)
    }
    Object.assign(globalThis, { setTimeout: set, clearTimeout: clear })
  }

  restore(): void {
    Object.assign(globalThis, this.#native)
    this.#waiting.clear()
  }

  /** Time is up for all that wait now. */
  strike(): void {
    // Twice: those who were waiting for others as well begin anew.
    for (let times = 0; times < 2; times++) {
      const callbacks = [...this.#waiting.values()]
      this.#waiting.clear()
      for (const callback of callbacks) callback()
    }
  }
}
