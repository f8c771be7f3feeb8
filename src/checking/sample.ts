/**
 * Picks the indices of a sample: the first, the last, and one at random from each of `parts` equal parts. Equal seeds
 * give equal indices.
 */
export function sampleOf(length: number, parts: number, seed: number): Set<number> {
  if (length === 0) return new Set()
  const random = randomFrom(seed)
  const count = Math.min(parts, length)
  const sample = new Set([0])
  for (let part = 0; part < count; part++) {
    sample.add(Math.min(length - 1, Math.floor(((part + random()) * length) / count)))
  }
  return sample.add(length - 1)
}

/**
 * Returns a generator of pseudo-random numbers in [0, 1): xorshift32 (Marsaglia, "Xorshift RNGs", 2003), which suffices
 * for samples. Its state must not be zero.
 */
export function randomFrom(seed: number): () => number {
  let state = Math.imul(seed, 0x9e3779b1) ^ 0x5bd1e995 || 1
  return () => {
    state ^= state << 13
    state ^= state >>> 17
    state ^= state << 5
    return (state >>> 0) / 2 ** 32
  }
}
