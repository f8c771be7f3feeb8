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

/** Forward, these are the true value rounded once. */
const reluFamily = [
  'relu',
  'relu6',
  'leakyRelu',
  'prelu',
  'threshold',
  'step',
  'hardTanh',
  'hardShrink',
  'softShrink',
  'squaredRelu',
]

/** Of those, the ones that compute, so that a subnormal may be flushed. leakyRelu and prelu may not. */
const mayFlush = ['softShrink', 'squaredRelu']

/** Where the derivative crosses zero: around there an error is measured against dy alone. */
const crossings: Readonly<Record<string, number>> = {
  silu: -1.2784645,
  mish: -1.1924312,
  quickGelu: -0.7511542,
  gelu: -0.7518,
  hardSwish: -1.5,
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

/** Whether x takes a branch that hands it on as it is. */
function passes({ activation, parameters }: Named, x: number): boolean {
  const parameter = (name: string): number => Math.fround(Number(parameters[name]))
  switch (activation) {
    case 'relu':
      return x >= 0
    case 'relu6':
      return x >= 0 && x <= 6
    case 'leakyRelu':
    case 'prelu':
    case 'elu':
    case 'celu':
      return x > 0
    case 'hardSwish':
      return x >= 3
    case 'threshold':
      return x > parameter('threshold')
    case 'hardTanh':
      return x >= parameter('minValue') && x <= parameter('maxValue')
    case 'hardShrink':
      return Math.abs(x) > parameter('lambda')
    default:
      return false
  }
}

/** @param x @param actual bits of float32 @param truth the true y */
export function forwardFault(named: Named, x: number, truth: number, actual: number): Fault {
  if (isNaNBits(x) || passes(named, numberOf(x))) {
    return x >>> 0 === actual >>> 0 ? undefined : 'x passes, and its bits with it'
  }
  const exact = reluFamily.includes(named.activation)
  const flush = !exact || mayFlush.includes(named.activation)
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
  const at = numberOf(x)
  const gradient = numberOf(dy)
  // Not a gate: there the derivative goes through zero. 0, as the derivative column has it, and 0 * dy are both right.
  const between = named.activation === 'hardSwish' && at === -1.5
  if (named.gated && derivative === 0 && !between) return actual === 0 ? undefined : 'a shut gate gives +0'
  if (between && actual === 0) return undefined

  // A derivative below every double is not zero: times an infinite dy it is an infinity, or NaN where it was flushed.
  const below = derivative === 0 && Number.isFinite(at) && at !== 0 && !reluFamily.includes(named.activation)
  if (below && Math.abs(gradient) === Infinity) {
    const sign = named.activation in crossings ? -1 : 1
    return isNaNBits(actual) || fromBits([actual])[0] === sign * gradient ? undefined : 'neither NaN nor that infinity'
  }

  const truth = gradient * derivative
  const exact = reluFamily.includes(named.activation) || (passes(named, at) && derivative === 1)
  const flush = !exact || mayFlush.includes(named.activation)
  const near = Math.abs(at - (crossings[named.activation] ?? NaN)) <= 1
  const bounds = { ulps: exact ? 0 : BACKWARD_ULPS, flush }
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

/** What a gated pair is made of: value is f(gate) * up. */
const pairedWith: Readonly<Record<string, string>> = { glu: 'sigmoid', reglu: 'relu', geglu: 'gelu', swiglu: 'silu' }

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
  { gate, up, dy }: { readonly gate: number; readonly up: number; readonly dy: number },
  truth: number,
  actual: number,
): Fault {
  // relu's gate, which is the only one here that shuts, and shuts below zero.
  if (named.gated && gate <= 0) return actual === 0 ? undefined : 'a shut gate gives +0'
  const near = Math.abs(gate - (crossings[pairedWith[named.activation]!] ?? NaN)) <= 1
  const gradient = up * dy
  return compareGradient(truth, truth / gradient, gradient, actual, { ulps: BACKWARD_ULPS, flush: true }, near)
}
