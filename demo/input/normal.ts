import { pause } from '../support/pause.ts'
import { normal, uniform } from '../support/random.ts'
import type { Input } from './input.ts'

const BLOCK = 2 ** 20

/** Standard normal values. A shorter array is a prefix of a longer one. */
export async function normalValues(
  seed: number,
  elements: number,
  signal?: AbortSignal,
): Promise<Float32Array<ArrayBuffer>> {
  const next = normal(uniform(seed))
  const values = new Float32Array(elements)
  for (let start = 0; start < elements; start += BLOCK) {
    const end = Math.min(elements, start + BLOCK)
    for (let i = start; i < end; i++) values[i] = next()
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
