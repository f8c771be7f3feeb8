import { readFileSync, renameSync, writeFileSync } from 'node:fs'
import type { Direction } from '../../../src/index.ts'
import type { Processor } from '../processors.ts'
import { idOf, type Subject } from '../subjects.ts'
import type { Errors } from '../survey.ts'

/** The progress of a sweep over all float32: one activation in one direction on one processor. */
export interface SweepState {
  /** Of the arithmetic and the reference: a sweep of another begins anew. */
  readonly fingerprint: string
  /** The adapter and its driver, or the platform of the CPU. */
  readonly description: string
  /** The first chunk that has not been judged. */
  readonly next: number
  readonly errors: Errors
  /** The commit on which it began, with `+` where files had changed since. */
  readonly commit: string
  /** The time at which the last chunk was judged. */
  readonly when: string
}

/** Sweeps by their names. */
export type SweepStates = ReadonlyMap<string, SweepState>

/** The name of a sweep: `'relu forward on cpu'`. */
export function nameOf(
  { subject, direction }: { readonly subject: Subject; readonly direction: Direction },
  processor: Processor,
): string {
  return `${idOf(subject)} ${direction} on ${processor}`
}

/** Reads a file of states; one that is missing has none. @throws SyntaxError where it is no JSON */
export function readStates(file: string): SweepStates {
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch {
    return new Map()
  }
  return new Map(Object.entries(JSON.parse(text, revive) as Record<string, SweepState>))
}

/** Adds states to a file. Atomic: an interruption leaves the old file or the new one. */
export function addStates(file: string, states: SweepStates): void {
  // Sorted, so that versions of the file compare well.
  const all = [...readStates(file), ...states].toSorted(([a], [b]) => (a < b ? -1 : 1))
  writeFileSync(`${file}.new`, `${JSON.stringify(Object.fromEntries(all), infinityAsText, 2)}\n`)
  renameSync(`${file}.new`, file)
}

// JSON has no Infinity, the distance between NaN and a number.
const infinityAsText = (_: string, value: unknown): unknown => (value === Infinity ? 'Infinity' : value)
const revive = (_: string, value: unknown): unknown => (value === 'Infinity' ? Infinity : value)
