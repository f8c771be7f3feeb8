import type { Drawable, Evaluate } from '../plot/drawable.ts'
import { normalDensity } from '../plot/normal.ts'

// Beyond it saturation is found by a few places.
const EDGE = 10
const STEPS_PER_UNIT = 100
const FAR = [1e2, 1e4, 1e8, 1e16, 1e30]
/** A value that far out is taken for infinite. */
const UNBOUNDED = 1e12
/** The tolerance within which a derivative counts as its largest value. */
const NEARLY = 1e-6
const SMALLEST_JUMP = 0.001
// Each halves a step of the grid.
const ROUNDS = 16
// The step at which slopes beside 0 are read.
const BESIDE = 2 ** -20

/** A stretch of x, without its ends. At the edge of what is looked at it ends at infinity; a single place has no width. */
export interface Stretch {
  readonly from: number
  readonly to: number
}

/** A value with the places at which it is taken. */
export interface Extreme {
  readonly value: number
  readonly at: readonly Stretch[]
}

/** The properties of an activation, found by evaluating its kernels. */
export interface Properties {
  readonly lowest: Extreme
  readonly highest: Extreme
  /** The stretches on which the function falls. */
  readonly falls: readonly Stretch[]
  /** The limits on the left and on the right, infinite where the function does not saturate. */
  readonly limits: readonly [left: number, right: number]
  readonly atZero: { readonly value: number; readonly slope: number; readonly slopesBeside: readonly [number, number] }
  readonly steepest: Extreme
  /** Mean and deviation of the result for a standard normal input. */
  readonly mean: number
  readonly deviation: number
}

export async function propertiesOf({ forward, derivative }: Drawable): Promise<Properties> {
  const count = 2 * EDGE * STEPS_PER_UNIT
  const x = Float32Array.from({ length: count + 1 }, (_, i) => -EDGE + i / STEPS_PER_UNIT)
  const y = await forward(x)
  const slopes = await derivative(x)
  const far = Float32Array.of(...FAR.toReversed().map(value => -value), ...FAR)
  const farValues = await forward(far)
  const farSlopes = await derivative(far)
  const limits = [farValues[0]!, farValues.at(-1)!].map(settled) as [number, number]
  const beside = await derivative(Float32Array.of(-BESIDE, 0, BESIDE))
  const middle = count / 2
  return {
    lowest: await extreme(forward, x, y, [...farValues], -1),
    highest: await extreme(forward, x, y, [...farValues], 1),
    falls: [...(await stretches(derivative, x, slopes, slope => slope < 0)), ...jumpsDown(x, y, slopes)],
    limits,
    atZero: { value: y[middle]!, slope: beside[1]!, slopesBeside: [beside[0]!, beside[2]!] },
    steepest: await extreme(
      async at => (await derivative(at)).map(Math.abs),
      x,
      slopes.map(Math.abs),
      [...farSlopes].map(Math.abs),
      1,
    ),
    ...(await momentsOf(forward)),
  }
}

function settled(value: number): number {
  return Math.abs(value) > UNBOUNDED ? Math.sign(value) * Infinity : value
}

/** The largest value (`sign` 1) or the smallest (-1), and where: a place between two of the grid is found by looking closer. */
async function extreme(
  f: Evaluate,
  x: Float32Array,
  y: Float32Array,
  far: readonly number[],
  sign: 1 | -1,
): Promise<Extreme> {
  const better = (a: number, b: number): number => (sign * a > sign * b ? a : b)
  const onGrid = y.reduce(better)
  const limit = far.reduce(better)
  const room = Math.max(1, Math.abs(onGrid)) * NEARLY
  if (sign * limit > sign * onGrid + room) {
    // It grows on, or comes nearer and nearer.
    const end = limit === far[0] ? -Infinity : Infinity
    return { value: settled(limit), at: [{ from: end, to: end }] }
  }
  const at = await stretches(f, x, y, value => sign * value >= sign * onGrid - room)
  if (at.length > 1 || at[0]!.to - at[0]!.from > 4 / STEPS_PER_UNIT) return { value: onGrid, at }
  const place = x[y.indexOf(onGrid)]!
  const closer = Float32Array.from({ length: 401 }, (_, i) => place + (i - 200) / (200 * STEPS_PER_UNIT))
  const values = await f(closer)
  const value = values.reduce(better)
  // Next to an extreme many values are equal to it.
  const [low, high] = [values.indexOf(value), values.lastIndexOf(value)]
  const middle = (closer[low]! + closer[high]!) / 2
  return { value, at: [{ from: middle, to: middle }] }
}

/** The places where a function falls though its derivative is nowhere below 0 around them. */
function jumpsDown(x: Float32Array, y: Float32Array, slopes: Float32Array): Stretch[] {
  return Array.from(x.subarray(0, -1)).flatMap((at, i) => {
    const isJump = y[i + 1]! < y[i]! - SMALLEST_JUMP && slopes[i]! >= 0 && slopes[i + 1]! >= 0
    return isJump ? [{ from: at, to: at }] : []
  })
}

/** The stretches of x in which the values of f have a property. The places at which it changes are bisected, all at the same time. */
async function stretches(
  f: Evaluate,
  x: Float32Array,
  y: Float32Array,
  has: (value: number) => boolean,
): Promise<Stretch[]> {
  const here = Array.from(y, has)
  const changes = here.flatMap((is, i) => (i > 0 && is !== here[i - 1] ? [i] : []))
  const borders = changes.map(i => ({ left: x[i - 1]!, right: x[i]!, onLeft: here[i - 1]! }))
  for (let round = 0; round < ROUNDS && borders.length > 0; round++) {
    const middles = Float32Array.from(borders, ({ left, right }) => (left + right) / 2)
    for (const [i, value] of (await f(middles)).entries()) {
      borders[i]![has(value) === borders[i]!.onLeft ? 'left' : 'right'] = middles[i]!
    }
  }
  const ends = borders.map(({ left }) => left)
  return (here[0] ? [-Infinity, ...ends] : ends).flatMap((from, i, all) =>
    i % 2 === 0 ? [{ from, to: all[i + 1] ?? Infinity }] : [],
  )
}

/** The mean and the deviation of f over a standard normal input: sums over the middles of cells, at whose borders jumps lie. */
async function momentsOf(f: Evaluate): Promise<{ mean: number; deviation: number }> {
  const x = Float32Array.from({ length: 2 * EDGE * STEPS_PER_UNIT }, (_, i) => -EDGE + (i + 0.5) / STEPS_PER_UNIT)
  let [mean, square] = [0, 0]
  for (const [i, value] of (await f(x)).entries()) {
    const weight = normalDensity(x[i]!) / STEPS_PER_UNIT
    mean += value * weight
    square += value * value * weight
  }
  return { mean, deviation: Math.sqrt(Math.max(0, square - mean * mean)) }
}
