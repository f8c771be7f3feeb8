import { drawsOf } from './seeds.ts'
import type { Dataset } from './dataset.ts'

/**
 * 1,797 hand-written digits of 8 x 8 pixels from 0 to 16: the test set of "Optical Recognition of Handwritten Digits" by
 * E. Alpaydin and C. Kaynak, UCI Machine Learning Repository, 1998, https://doi.org/10.24432/C50P49, under CC BY 4.0.
 * test/tools/optdigits.ts makes optdigits.bin of it.
 */
export interface Digits {
  readonly pixels: Uint8Array<ArrayBuffer>
  readonly labels: Uint8Array<ArrayBuffer>
}

/** The address of the file: all labels, then all pixels, compressed by deflate. */
export const DIGITS_URL = new URL('./optdigits.bin', import.meta.url)

const PIXELS = 64
const ROWS = 1797
/** The digits to train on come first, those to test with last. */
const TRAINING_ROWS = 1297
const TEST_ROWS = ROWS - TRAINING_ROWS
const MEAN = 4.884
const DEVIATION = 6.0166

/** Reads optdigits.bin. @throws Error where the file is not what the script wrote */
export async function readDigits(file: ArrayBuffer): Promise<Digits> {
  const stream = new Blob([file]).stream().pipeThrough(new DecompressionStream('deflate'))
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer())
  if (bytes.length !== ROWS * (PIXELS + 1)) throw new Error(`The digits take ${bytes.length} bytes: another file came.`)
  return { labels: bytes.slice(0, ROWS), pixels: bytes.slice(ROWS) }
}

/** Loads the file of the page. @throws Error (by rejection) where it cannot be loaded */
export async function fetchDigits(): Promise<Digits> {
  const response = await fetch(DIGITS_URL)
  if (!response.ok) throw new Error(`The digits cannot be loaded: HTTP ${response.status} for ${DIGITS_URL.pathname}.`)
  return readDigits(await response.arrayBuffer())
}

/** Draws training digits, with replacement. */
export function drawDigits(digits: Digits, rows: number, seed: number): Dataset {
  const next = drawsOf(seed, 'data')
  return chosen(digits, rows, () => Math.floor(TRAINING_ROWS * next()))
}

/** Test digits, at most 500 different ones; the seed says which comes first. */
export function testDigits(digits: Digits, rows: number, seed: number): Dataset {
  return chosen(digits, rows, i => TRAINING_ROWS + ((seed * 450 + i) % TEST_ROWS))
}

function chosen({ pixels, labels }: Digits, rows: number, indexOf: (i: number) => number): Dataset {
  const values = new Float32Array(rows * PIXELS)
  const chosenLabels = new Uint8Array(rows)
  for (let i = 0; i < rows; i++) {
    const index = indexOf(i)
    chosenLabels[i] = labels[index]!
    for (let k = 0; k < PIXELS; k++) values[i * PIXELS + k] = (pixels[index * PIXELS + k]! - MEAN) / DEVIATION
  }
  return { values, labels: chosenLabels, rows, features: PIXELS, classes: 10 }
}
