/** The largest difference of two arrays; NaN where only one of two elements is NaN, or they differ in length. */
export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return NaN
  return largest(Array.from(a, (value, i) => (Object.is(value, b[i]) ? 0 : value - b[i]!)))
}

/** The largest magnitude; NaN if an element is. */
export function largestMagnitude(a: ArrayLike<number>): number {
  return largest(Array.from(a))
}

function largest(values: readonly number[]): number {
  return values.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
}
