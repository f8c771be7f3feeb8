import { InputError } from '../support/errors.ts'
import { once } from '../support/once.ts'
import type { Line } from '../support/timing.ts'
import type { Call } from './calls.ts'

/** The lengths from which on `processor: 'auto'` sends arrays to the GPU. */
export interface CrossoverReport {
  /**
   * True once a crossover was measured. It is not before a call of 65,536 elements, with `tune: false`, where the clock is too
   * coarse, or when the device failed: 1,048,576 elements are assumed then.
   */
  readonly measured: boolean
  /**
   * The fewest elements for which the GPU is faster, by kernel, such as `'relu forward'`. Infinity: the CPU is faster at any
   * length.
   */
  readonly elements: Readonly<Record<string, number>>
}

/** The costs of a kernel, in milliseconds. */
export interface KernelCosts {
  readonly onCpu: number
  /** The cross-check of a GPU result, by the number of elements. */
  readonly check: Line
  /** The bytes of one element that are uploaded and read back. */
  readonly bytesPerElement: number
}

// The CPU computes fewer elements in about the time of a transfer, or less.
export const SHORTEST_TO_TIME = 2 ** 16

/** Measures the costs that `crossoverOf` weighs; undefined where the clock is too coarse. */
export interface Costs {
  readonly roundTrip: () => Promise<Line | undefined>
  readonly kernel: (call: Call<unknown>) => Promise<KernelCosts | undefined>
}

/** The crossover without a measurement. Not tried on hardware. */
export const USUAL_CROSSOVER = 2 ** 20

/**
 * Computes the fewest elements for which the GPU is faster. A call on the GPU costs its transfer, to which the kernel adds
 * little, and its cross-check.
 *
 * @param roundTrip the cost of a transfer to the device and back, by its bytes
 */
export function crossoverOf(roundTrip: Line, { onCpu, check, bytesPerElement }: KernelCosts): number {
  const gain = onCpu - check.slope - roundTrip.slope * bytesPerElement
  return gain > 0 ? Math.ceil((roundTrip.fixed + check.fixed) / gain) : Infinity
}

/** The crossover of each kernel of a dispatcher, measured at the kernel's first long call. */
export class Crossover {
  readonly #costs: Costs | undefined
  readonly #elements = new Map<string, number>()
  readonly #underWay = new Map<string, Promise<void>>()
  #measured = false

  /** @param costs undefined: nothing is measured */
  constructor(costs: Costs | undefined) {
    this.#costs = costs
  }

  get report(): CrossoverReport {
    return { measured: this.#measured, elements: Object.fromEntries(this.#elements) }
  }

  /** Decides whether the GPU computes a call: at once, but for the first long calls of a kernel. Never rejects. */
  favoursGpu(call: Call<unknown>): boolean | Promise<boolean> {
    const { kernel, length } = call
    const known = this.#elements.get(kernel)
    if (known !== undefined) return length >= known
    if (this.#costs !== undefined) return length >= SHORTEST_TO_TIME && this.#decide(call, this.#costs)
    this.#elements.set(kernel, USUAL_CROSSOVER)
    return length >= USUAL_CROSSOVER
  }

  async #decide(call: Call<unknown>, costs: Costs): Promise<boolean> {
    const { kernel, length } = call
    await once(this.#underWay, kernel, () => this.#measure(call, costs))
    return length >= (this.#elements.get(kernel) ?? USUAL_CROSSOVER)
  }

  async #measure(call: Call<unknown>, costs: Costs): Promise<void> {
    let elements: number | undefined
    try {
      // One after the other, or they would time each other.
      const roundTrip = await costs.roundTrip()
      const kernel = roundTrip && (await costs.kernel(call))
      elements = kernel && crossoverOf(roundTrip, kernel)
    } catch (error) {
      // The call itself reports a device that fails or memory that runs out. A detached array says nothing about the kernel.
      if (error instanceof InputError) return
    } finally {
      this.#underWay.delete(call.kernel)
    }
    this.#measured ||= elements !== undefined
    this.#elements.set(call.kernel, elements ?? USUAL_CROSSOVER)
  }
}
