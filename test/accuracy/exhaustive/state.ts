import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Errors } from '../survey.ts'

/** The state of a sweep over all float32. A file keeps it, so that an interrupted sweep can be resumed. */
export interface SweepState {
  /** The version of program and reference. Another version starts from the beginning. */
  readonly fingerprint: string
  /** The adapter and its driver, or the path of the CPU. */
  readonly description: string
  /** The first chunk that has not been checked. */
  readonly next: number
  readonly errors: Errors
  /** The time taken so far. */
  readonly milliseconds: number
  /** The time at which the last chunk was completed. */
  readonly when: string
}

/** Reads a state; undefined where none can be resumed. */
export function readSweepState(
  file: string,
  expected: Pick<SweepState, 'fingerprint' | 'description'>,
): SweepState | undefined {
  let state: SweepState
  try {
    state = JSON.parse(readFileSync(file, 'utf8'), revive) as SweepState
  } catch {
    return undefined
  }
  const same = state.fingerprint === expected.fingerprint && state.description === expected.description
  return same && Number.isSafeInteger(state.next) ? state : undefined
}

/** Writes a state atomically: an interruption leaves the old file or the new one. */
export function writeSweepState(file: string, state: SweepState): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(state, infinityAsText, 2)}\n`)
  renameSync(`${file}.new`, file)
}

// JSON has no Infinity, the distance between NaN and a number.
const infinityAsText = (_: string, value: unknown): unknown => (value === Infinity ? 'Infinity' : value)
const revive = (_: string, value: unknown): unknown => (value === 'Infinity' ? Infinity : value)

const WHAT_COUNTS = ['shaders', 'src', 'test/accuracy/survey.ts']

/** A hash of all files that determine the results of a sweep. */
export function fingerprintOfSources(root = fileURLToPath(new URL('../../..', import.meta.url))): string {
  const hash = createHash('sha256')
  const add = (path: string): void => {
    if (statSync(join(root, path)).isDirectory()) {
      for (const name of readdirSync(join(root, path)).toSorted()) add(join(path, name))
    } else {
      hash.update(path).update(readFileSync(join(root, path)))
    }
  }
  for (const path of WHAT_COUNTS) add(path)
  return hash.digest('hex').slice(0, 16)
}
