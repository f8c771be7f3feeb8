import { readFile } from 'node:fs/promises'
import { type Digits, DIGITS_URL, readDigits } from '../../demo/lab/digits.ts'

/** Reads the digits from the disk. */
export async function loadDigits(): Promise<Digits> {
  const { buffer, byteOffset, byteLength } = await readFile(DIGITS_URL)
  return readDigits((buffer as ArrayBuffer).slice(byteOffset, byteOffset + byteLength))
}
