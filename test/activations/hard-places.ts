// float32 at which activations are hard to get right, for the records of the catalogue.

/** A float32 with the one above and the one below; about 0 both zeros and the smallest subnormals. */
export function neighbours(value: number): number[] {
  if (Math.fround(value) === 0) return [0, -0, 2 ** -149, -(2 ** -149)]
  return [0, 1, -1].map(step => {
    const float = Float32Array.of(value)
    new Int32Array(float.buffer)[0]! += step
    return float[0]!
  })
}

/** Places where a formula gives way to another, with their neighbours, and powers of two. */
export function around(...places: readonly number[]): number[] {
  return [...places.flatMap(neighbours), ...powers(-30, 30, 5)]
}

/** So many numbers at equal distances, both ends among them. */
export function between(low: number, high: number, count: number): number[] {
  return Array.from({ length: count }, (_, i) => Math.fround(low + ((high - low) * i) / (count - 1)))
}

export function bothSigns(values: readonly number[]): number[] {
  return values.flatMap(value => [value, -value])
}

/** Every `step`th power of two of either sign, from 2^low to 2^high. */
export function powers(low: number, high: number, step = 1): number[] {
  const length = Math.floor((high - low) / step) + 1
  return bothSigns(Array.from({ length }, (_, i) => 2 ** (low + step * i)))
}

/** expm1, log1p and tanh near 0, where a formula that subtracts loses every digit. */
export const NEAR_ZERO: readonly number[] = [
  ...powers(-40, -1, 2),
  ...bothSigns([1e-7, 3e-7, 1e-5, 0.001, 0.3, 0.35].map(Math.fround)),
  ...between(-1.1, 1.1, 45),
]

/** Around a zero of the derivative: ever closer, and a stretch on both sides. */
export function crossing(place: number): number[] {
  const closer = Array.from({ length: 10 }, (_, i) => bothSigns([4 ** -(i + 1)]).map(distance => place + distance))
  return [...neighbours(place), ...closer.flat(), ...between(place - 1, place + 1, 31)]
}

/** Around where a result leaves the normal float32: some that are normal, some not, some that are none at all. */
export function leaving(places: readonly number[], width = 0.6): number[] {
  const factors = [0.5, 0.8, 0.95, 1.05, 1.12, 1.19, 1.3, 2]
  return [
    ...places.flatMap(place => between(place - width, place + width, 13)),
    ...places.flatMap(place => factors.map(factor => Math.fround(place * factor))),
  ]
}
