// The density is 0 in float64 beyond.
const LIMIT = 39
const STEPS_PER_UNIT = 64

/** The standard normal density at x. */
export function normalDensity(x: number): number {
  return Math.exp(-0.5 * x * x) / Math.sqrt(2 * Math.PI)
}

/** The share of a standard normal distribution that lies in a range: the integral of the density, by Simpson's rule. */
export function normalShare(from: number, to: number): number {
  const [low, high] = [from, to].map(end => Math.min(LIMIT, Math.max(-LIMIT, end))) as [number, number]
  const steps = 2 * Math.ceil((high - low) * STEPS_PER_UNIT)
  const width = (high - low) / steps
  let sum = 0
  for (let i = 0; i <= steps; i++) {
    const weight = i === 0 || i === steps ? 1 : i % 2 === 1 ? 4 : 2
    sum += weight * normalDensity(low + i * width)
  }
  return steps === 0 ? 0 : (sum * width) / 3
}
