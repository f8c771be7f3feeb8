import { exactResults } from '../activations/exact.ts'

/** Which slope an element has. */
export interface Slopes {
  readonly alpha: Float32Array
  readonly inner: number
}

/** How many elements after which the slopes come round. */
function periodOf({ alpha, inner }: Slopes): number {
  return alpha.length === 1 ? 1 : alpha.length * inner
}

/** So many elements, or a few more: whole periods of the slopes, as a tensor has. */
export function wholePeriods(length: number, slopes: Slopes): number {
  const period = periodOf(slopes)
  return Math.ceil(length / period) * period
}

export function preluForward(slopes: Slopes, x: Float32Array): Float32Array<ArrayBuffer> {
  return exactResults('prelu', { ...slopes }).forward(x)
}

export function preluBackward(slopes: Slopes, x: Float32Array, dy: Float32Array): Float32Array<ArrayBuffer> {
  return exactResults('prelu', { ...slopes }).backward(x, dy)
}

/** Slopes that look random, of either sign, with some where products are hard: zero, subnormal, large. */
export function slopesFor(channels: number): Float32Array<ArrayBuffer> {
  const hard = [0.25, -0, 1e-40, 1e10, -3, 0, 2 ** -126, 1e-10, 1]
  return Float32Array.from({ length: channels }, (_, i) => hard[i] ?? Math.sin(i) / 4)
}
