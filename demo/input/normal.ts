import { pause } from '../support/pause.ts'
import { uniform } from '../support/random.ts'
import type { Input } from './input.ts'

const BLOCK = 2 ** 20

/** Standard normal values by the Box–Muller transform. A shorter array is a prefix of a longer one. */
export async function normalValues(
  seed: number,
  elements: number,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const next = uniform(seed)
  const values = new Float32Array(elements)
  for (let start = 0; start < elements; start += BLOCK) {
    const end = Math.min(elements, start + BLOCK)
    for (let i = start; i < end; i += 2) {
      // 1 - [0, 1) is never 0, which has no logarithm.
      const radius = Math.sqrt(-2 * Math.log(1 - next()))
      const angle = 2 * Math.PI * next()
      values[i] = radius * Math.cos(angle)
      if (i + 1 < end) values[i + 1] = radius * Math.sin(angle)
    }
    await pause(signal)
  }
  return values
}

export function normalInput(seed: number): Input {
  return {
    title: `random normal, seed ${seed}`,
    length: undefined,
    negativeShare: 0.5,
    values: (elements, signal) => normalValues(seed, elements, signal),
  }
}
