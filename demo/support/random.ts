/**
 * Uniform numbers in [0, 1) from a seed: the generator sfc32 of Chris Doty-Humphrey's PractRand, on 32-bit integers.
 */
export function uniform(seed: number): () => number {
  let a = 0x9e3779b9
  let b = 0x243f6a88
  let c = seed | 0
  let counter = 1
  const next = (): number => {
    const sum = (a + b + counter) | 0
    counter = (counter + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 2 ** 32
  }
  // The seed has to affect all bits of the state before the first number is used.
  for (let i = 0; i < 15; i++) next()
  return next
}

/** Standard normal numbers of uniform ones, by the Box–Muller transform. */
export function normal(next: () => number): () => number {
  let second: number | undefined
  return () => {
    if (second !== undefined) {
      const value = second
      second = undefined
      return value
    }
    // 1 - [0, 1) is never 0, which has no logarithm.
    const radius = Math.sqrt(-2 * Math.log(1 - next()))
    const angle = 2 * Math.PI * next()
    second = radius * Math.sin(angle)
    return radius * Math.cos(angle)
  }
}
