import { LARGEST_CHUNK, smallerChunk } from '../gpu/transfer/round-trip.ts'

export interface Attempt {
  /** The number of devices lost during earlier attempts. */
  readonly losses: number
  /** The most bytes of a tensor in one transfer, set after an out-of-memory error. */
  readonly chunk: number | undefined
}

export const FIRST_ATTEMPT: Attempt = { losses: 0, chunk: undefined }

// Replacement devices to try before the CPU.
const MOST_REPLACEMENTS = 2

export interface Failure {
  readonly reason: string
  readonly isDeviceLost: boolean
  readonly isOutOfMemory: boolean
}

/** The next step after a failed attempt: another attempt, or the CPU with the reason. */
export type Recovery = { readonly attempt: Attempt } | { readonly fallBack: string }

/**
 * Decides the next step of a call after a failed attempt on the GPU.
 *
 * | failure            | recovery                                                                            |
 * | ------------------ | ----------------------------------------------------------------------------------- |
 * | the device is lost | another device, at most {@link MOST_REPLACEMENTS} times; then the CPU               |
 * | out of memory      | the same chunks again, then smaller ones while the tensors are larger; then the CPU |
 * | anything else      | the CPU                                                                             |
 *
 * @param bytes the number of bytes of each tensor of the call
 */
export function recoveryFrom(failure: Failure, { losses, chunk }: Attempt, bytes: number): Recovery {
  const fallBack = { fallBack: failure.reason }
  if (failure.isDeviceLost) {
    return losses < MOST_REPLACEMENTS ? { attempt: { losses: losses + 1, chunk } } : fallBack
  }
  if (!failure.isOutOfMemory) return fallBack
  const next = chunk === undefined ? LARGEST_CHUNK : smallerChunk(chunk, bytes)
  return next === undefined ? fallBack : { attempt: { losses, chunk: next } }
}
