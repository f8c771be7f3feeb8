import type { Evaluate } from './drawable.ts'

/** The range of x that is drawn. */
export const FROM = -6
export const TO = 6

const STEPS_PER_UNIT = 40

export interface Point {
  readonly x: number
  readonly y: number
}

/** A curve: continuous pieces, and their ends at jumps. */
export interface Curve {
  readonly pieces: readonly (readonly Point[])[]
  /** The ends at jumps. `attained`: the point belongs to the function. */
  readonly ends: readonly (Point & { readonly attained: boolean })[]
}

/** Two points, from left to right. */
type Segment = readonly [Point, Point]

/** Traces a function. A jump becomes a gap, not a steep line. */
export async function trace(f: Evaluate, from = FROM, to = TO, stepsPerUnit = STEPS_PER_UNIT): Promise<Curve> {
  const count = (to - from) * stepsPerUnit + 1
  const points = await pointsAt(
    f,
    Array.from({ length: count }, (_, i) => from + i / stepsPerUnit),
  )
  const [low, high] = extent(points)
  // A smaller jump is hardly longer than the line is wide.
  const smallestJump = (high - low) * 0.01
  const segments = points.slice(1).map((right, i): Segment => [points[i]!, right])
  const jumps = await findJumps(
    f,
    segments.filter(segment => heightOf(segment) > smallestJump),
  )
  const pieces: Point[][] = [[points[0]!]]
  const ends: (Point & { attained: boolean })[] = []
  for (const segment of segments) {
    const jump = jumps.get(segment)
    if (jump !== undefined) {
      const [before, after] = jump
      const isBefore = isThreshold(before.x, after.x)
      ends.push({ ...before, attained: isBefore }, { ...after, attained: !isBefore })
      pieces.at(-1)!.push(before)
      pieces.push([after])
    }
    pieces.at(-1)!.push(segment[1])
  }
  return { pieces, ends }
}

/** The smallest and the largest y. */
export function extent(points: Iterable<Point>): [low: number, high: number] {
  let low = Infinity
  let high = -Infinity
  for (const { y } of points) {
    low = Math.min(low, y)
    high = Math.max(high, y)
  }
  return [low, high]
}

/** Bisects segments, all at the same time, and finds the two neighbouring float32 between which the function jumps, if it does. */
async function findJumps(f: Evaluate, segments: readonly Segment[]): Promise<Map<Segment, Segment>> {
  const jumps = new Map<Segment, Segment>()
  let open = segments.map(whole => ({ whole, part: whole }))
  while (open.length > 0) {
    const middles = await pointsAt(
      f,
      open.map(({ part: [left, right] }) => (left.x + right.x) / 2),
    )
    open = open.flatMap(({ whole, part }, i) => {
      const [left, right] = part
      const middle = middles[i]!
      if (middle.x === left.x || middle.x === right.x) {
        jumps.set(whole, part)
        return []
      }
      const halves: readonly Segment[] = [
        [left, middle],
        [middle, right],
      ]
      const half = heightOf(halves[0]!) > heightOf(halves[1]!) ? halves[0]! : halves[1]!
      // In a continuous function the height shrinks with the width.
      return heightOf(half) > heightOf(whole) / 2 ? [{ whole, part: half }] : []
    })
  }
  return jumps
}

/**
 * True where the first of two neighbouring float32 is the threshold at which a function changes. A threshold is a parameter or a
 * constant, so it has fewer decimal digits than its neighbour.
 */
function isThreshold(x: number, neighbour: number): boolean {
  const [digits, others] = [digitsOf(x), digitsOf(neighbour)]
  return digits === others ? Math.abs(x) < Math.abs(neighbour) : digits < others
}

/** The number of decimal digits that distinguish a float32 from all others. */
function digitsOf(x: number): number {
  let digits = 1
  while (Math.fround(Number(x.toPrecision(digits))) !== x) digits++
  return digits
}

function heightOf([left, right]: Segment): number {
  return Math.abs(right.y - left.y)
}

async function pointsAt(f: Evaluate, positions: readonly number[]): Promise<Point[]> {
  const x = Float32Array.from(positions)
  const y = await f(x)
  return Array.from(x, (at, i) => ({ x: at, y: y[i]! }))
}
