/** What is drawn of x. */
export const FROM = -6
export const TO = 6

const STEPS_PER_UNIT = 40

export interface Point {
  readonly x: number
  readonly y: number
}

/** A curve: pieces without a jump, and where they end at one. */
export interface Curve {
  readonly pieces: readonly (readonly Point[])[]
  /** The ends at the jumps; `attained` is the one that is the value of the function there. */
  readonly ends: readonly (Point & { readonly attained: boolean })[]
}

/** Traces a function. A jump becomes a break, not a steep line. */
export function trace(f: (x: number) => number, from = FROM, to = TO, stepsPerUnit = STEPS_PER_UNIT): Curve {
  const points = Array.from({ length: (to - from) * stepsPerUnit + 1 }, (_, i) => at(f, from + i / stepsPerUnit))
  const [low, high] = extent(points)
  // A smaller one is hardly longer than the line is wide.
  const smallestJump = (high - low) * 0.01
  const pieces: Point[][] = [[points[0]!]]
  const ends: (Point & { attained: boolean })[] = []
  for (const [i, right] of points.entries()) {
    if (i === 0) continue
    const left = points[i - 1]!
    const jump = Math.abs(right.y - left.y) > smallestJump ? findJump(f, left, right) : undefined
    if (jump !== undefined) {
      const [before, after] = jump
      // Of two numbers side by side, the one that float32 has is where the function changes.
      const isBefore = Math.fround(before.x) === before.x
      ends.push({ ...before, attained: isBefore }, { ...after, attained: !isBefore })
      pieces.at(-1)!.push(before)
      pieces.push([after])
    }
    pieces.at(-1)!.push(right)
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

/** The two neighbouring numbers between which a function jumps, if it does so between these points. */
function findJump(f: (x: number) => number, left: Point, right: Point): [Point, Point] | undefined {
  let [before, after] = [left, right]
  const whole = Math.abs(after.y - before.y)
  while (Math.abs(after.y - before.y) > whole / 2) {
    const middle = at(f, (before.x + after.x) / 2)
    if (middle.x === before.x || middle.x === after.x) return [before, after]
    if (Math.abs(middle.y - before.y) > Math.abs(after.y - middle.y)) after = middle
    else before = middle
  }
  return undefined
}

function at(f: (x: number) => number, x: number): Point {
  return { x, y: f(x) }
}
