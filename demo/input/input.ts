/** A source of the values of x. */
export interface Input {
  /** For a report: `random normal, seed 1`, `cat.jpg: …`. */
  readonly title: string
  /** The first `elements` values, repeated where there are fewer. */
  values(elements: number, signal?: AbortSignal): Promise<Float32Array<ArrayBuffer>>
  /** The number of different values; undefined without a limit. */
  readonly length: number | undefined
  /** The share of values below zero. */
  readonly negativeShare: number
}

/** An input that is an array. */
export function fromArray(title: string, array: Float32Array<ArrayBuffer>): Input {
  let negative = 0
  for (const value of array) if (value < 0) negative++
  return {
    title,
    length: array.length,
    negativeShare: negative / array.length,
    values: elements => Promise.resolve(repeat(array, elements)),
  }
}

/** A file that cannot be used as input. The message is shown to the user. */
export class FileError extends Error {}

function repeat(array: Float32Array<ArrayBuffer>, elements: number): Float32Array<ArrayBuffer> {
  const result = new Float32Array(elements)
  result.set(array.subarray(0, elements))
  for (let filled = Math.min(array.length, elements); filled < elements; filled *= 2) {
    result.copyWithin(filled, 0, Math.min(filled, elements - filled))
  }
  return result
}
