import { readFile } from 'node:fs/promises'
import { type Digits, DIGITS_URL, readDigits } from '../../demo/lab/digits.ts'

let digits: Promise<Digits> | undefined

/** Reads the digits from the disk, once. */
export function loadDigits(): Promise<Digits> {
  return (digits ??= read())
}

async function read(): Promise<Digits> {
  const { buffer, byteOffset, byteLength } = await readFile(DIGITS_URL)
  return readDigits(buffer.slice(byteOffset, byteOffset + byteLength))
}
