import { clampsOf, formulaOf, recordOf } from '../activations/lookup.ts'
import type { Formula } from '../activations/record.ts'
import { bitsOf, fromBits, numberOf } from './float32.ts'

// The numeric contract for one result, written from its text and not from the library: what a float32 may be where the
// true value is known as a double.

/** An activation as the vectors name it. */
export interface Named {
  readonly activation: string
  readonly parameters: Readonly<Record<string, unknown>>
}

/** What is wrong with a result, or undefined where it is right. */
export type Fault = string | undefined

const SMALLEST_NORMAL = 2 ** -126
const SMALLEST_SUBNORMAL = 2 ** -149
const FORWARD_ULPS = 4
const BACKWARD_ULPS = 8
const NEAR_CROSSING = 2 ** -22

/** Facts of an activation that its results are judged by. */
interface Facts extends Pick<Formula, 'passes' | 'crossing' | 'reach'> {
  /** Whether its results are the true values, rounded once at most. */
  readonly exact: boolean
  /** Whether a subnormal result may be flushed. */
  readonly flush: boolean
}

// Millions of results are judged, and each lookup takes longer than a judgement.
const known = new WeakMap<Named, Facts>()

function factsOf(named: Named): Facts {
  let facts = known.get(named)
  if (facts === undefined) {
    const { accuracy } = recordOf(named.activation)
    const { passes, crossing, reach = 1 } = formulaOf(named.activation, named.parameters)
    facts = {
      exact: accuracy !== 'bounded',
      flush: accuracy !== 'exact',
      ...(passes && { passes }),
      ...(crossing !== undefined && { crossing, reach }),
    }
    known.set(named, facts)
  }
  return facts
}

export function isNaNBits(bits: number): boolean {
  return (bits & 0x7fffffff) > 0x7f800000
}

/** How many float32 lie between two, neither of them NaN. Infinity comes after the largest finite one. */
export function ulpsBetween(a: number, b: number): number {
  const place = (bits: number): number => (bits >>> 31 === 1 ? -(bits & 0x7fffffff) : bits)
  return Math.abs(place(a >>> 0) - place(b >>> 0))
}

interface Bounds {
  readonly ulps: number
  /** Whether a subnormal result may be zero, or as many units of the smallest subnormal away. */
  readonly flush: boolean
  /** An absolute error that is right too. */
  readonly absolute?: number
  /** Whether zero is right too. */
  readonly zero?: boolean
}

/** Compares a result with the true value. Zeros are equal whatever their sign. */
function compare(truth: number, actual: number, { ulps, flush, absolute = 0, zero = false }: Bounds): Fault {
  if (Number.isNaN(truth) || isNaNBits(actual)) {
    return Number.isNaN(truth) && isNaNBits(actual) ? undefined : 'one of them is NaN'
  }
  const value = numberOf(actual)
  if (zero && value === 0) return undefined
  if (truth === 0) return value === 0 ? undefined : 'not zero'
  const distance = ulpsBetween(bitsOf(truth), actual)
  if (distance <= ulps || Math.abs(value - truth) <= absolute) return undefined
  // Within the bound of a subnormal is a subnormal that may be flushed.
  if (flush && value === 0 && Math.abs(truth) < SMALLEST_NORMAL + ulps * SMALLEST_SUBNORMAL) return undefined
  return `more than ${ulps} ULP`
}

/** Whether WebGPU lets a driver read these bits as zero. */
function isSubnormal(bits: number): boolean {
  return (bits & 0x7fffffff) < 0x00800000
}

/** @param x @param actual bits of float32 @param truth the true y */
export function forwardFault(named: Named, x: number, truth: number, actual: number): Fault {
  const { exact, flush, passes } = factsOf(named)
  if (isNaNBits(x) || passes?.(numberOf(x)) === true) {
    return x >>> 0 === actual >>> 0 ? undefined : 'x passes, and its bits with it'
  }
  return compare(truth, actual, {
    ulps: exact ? 0 : FORWARD_ULPS,
    flush,
    zero: flush && isSubnormal(x) && Math.abs(truth) < 2 ** -100,
  })
}

/** @param x @param dy @param actual bits of float32 @param derivative the true one */
export function backwardFault(
  named: Named & { readonly gated: boolean },
  x: number,
  dy: number,
  derivative: number,
  actual: number,
): Fault {
  const facts = factsOf(named)
  const { passes, crossing, reach = 1 } = facts
  const at = numberOf(x)
  const gradient = numberOf(dy)
  // At its zero a derivative shuts no gate: 0, as the derivative column has it, and 0 * dy are both right.
  const between = named.gated && derivative === 0 && at === crossing
  if (named.gated && derivative === 0 && !between) return actual === 0 ? undefined : 'a shut gate gives +0'
  if (between && actual === 0) return undefined

  // A derivative below every double is not zero: times an infinite dy it is an infinity, or NaN where it was flushed.
  const below = derivative === 0 && Number.isFinite(at) && at !== 0 && !facts.exact
  if (below && Math.abs(gradient) === Infinity) {
    const sign = crossing === undefined ? 1 : -1
    return isNaNBits(actual) || fromBits([actual])[0] === sign * gradient ? undefined : 'neither NaN nor that infinity'
  }

  const truth = gradient * derivative
  const exact = facts.exact || (passes?.(at) === true && derivative === 1)
  const near = crossing !== undefined && Math.abs(at - crossing) <= reach
  const bounds = { ulps: exact ? 0 : BACKWARD_ULPS, flush: facts.flush && (facts.exact || !exact) }
  return compareGradient(truth, derivative, gradient, actual, bounds, near)
}

/** A product with a derivative that may itself have been flushed, or be of uncertain sign near its zero. */
function compareGradient(
  truth: number,
  derivative: number,
  gradient: number,
  actual: number,
  bounds: Bounds,
  near: boolean,
): Fault {
  const subnormal = bounds.flush && Math.abs(derivative) < SMALLEST_NORMAL + BACKWARD_ULPS * SMALLEST_SUBNORMAL
  const uncertain = near && Math.abs(derivative) <= NEAR_CROSSING
  if (Math.abs(gradient) === Infinity && derivative !== 0) {
    if (isNaNBits(actual) && (subnormal || uncertain)) return undefined
    if ((actual & 0x7fffffff) === 0x7f800000 && uncertain) return undefined
    return compare(truth, actual, { ulps: 0, flush: false })
  }
  const unit = near ? NEAR_CROSSING : subnormal ? BACKWARD_ULPS * SMALLEST_SUBNORMAL : 0
  const tiny = near && Math.abs(truth) < SMALLEST_NORMAL + NEAR_CROSSING * Math.abs(gradient)
  const zero = subnormal || tiny || (bounds.flush && isSubnormal(bitsOf(gradient)))
  return compare(truth, actual, { ...bounds, absolute: unit * Math.abs(gradient), zero })
}

/**
 * f(gate) times a factor: y with up, dUp with dy.
 *
 * @param truth the true product @param actual bits of float32
 */
export function pairValueFault(factor: number, truth: number, actual: number, ulps = FORWARD_ULPS): Fault {
  const f = Math.abs(truth / factor)
  const subnormal = f > 0 && f < SMALLEST_NORMAL + ulps * SMALLEST_SUBNORMAL && Number.isFinite(factor)
  const absolute = subnormal ? ulps * SMALLEST_SUBNORMAL * Math.abs(factor) : 0
  return compare(truth, actual, { ulps, flush: true, absolute, zero: subnormal })
}

/** @param truth the true dGate @param actual bits of float32 */
export function pairGateFault(
  named: Named & { readonly gated: boolean },
  given: { readonly gate: number; readonly up: number; readonly dy: number },
  truth: number,
  actual: number,
): Fault {
  const clamps = clampsOf(named.activation, named.parameters)
  if (!clamps.passesGate(given.gate)) return actual === 0 ? undefined : 'beyond its bound the gradient is +0'
  const [gate, up, dy] = [clamps.gate(given.gate), clamps.factor(given.up), given.dy]
  // relu's gate, which is the only one here that shuts, and shuts below zero.
  if (named.gated && gate <= 0) return actual === 0 ? undefined : 'a shut gate gives +0'
  const { crossing, reach = 1 } = factsOf(named)
  const near = crossing !== undefined && Math.abs(gate - crossing) <= reach
  const gradient = up * dy
  return compareGradient(truth, truth / gradient, gradient, actual, { ulps: BACKWARD_ULPS, flush: true }, near)
}
