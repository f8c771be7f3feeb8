/** Runs an example and shows its answers, one line each, or the reason of its failure. */
export async function showOutcome(example: () => Promise<Readonly<Record<string, string>>>): Promise<void> {
  const status = document.querySelector('#status')!
  try {
    for (const [name, value] of Object.entries(await example())) {
      const group = document.createElement('div')
      const term = document.createElement('dt')
      term.textContent = name
      const description = document.createElement('dd')
      description.textContent = value
      group.append(term, description)
      document.querySelector('#outcome')!.append(group)
    }
    status.textContent = 'Done.'
  } catch (error) {
    status.textContent = `Failed. ${String(error)}`
    throw error
  }
}

/** The largest difference of two arrays; NaN where only one of two elements is NaN. */
export function largestDifference(a: Float32Array, b: Float32Array): number {
  const differences = a.map((value, i) => (Object.is(value, b[i]) ? 0 : Math.abs(value - b[i]!)))
  return differences.reduce((largest, difference) => Math.max(largest, difference), 0)
}

export const countNaN = (values: Float32Array): number => values.filter(Number.isNaN).length

/** Positive and negative numbers, the same in each run. */
export function wave(length: number, step: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length }, (_, i) => Math.sin((i + 1) * step))
}
