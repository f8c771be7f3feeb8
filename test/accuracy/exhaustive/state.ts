import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import type { Errors } from '../survey.ts'

/** Where a sweep over all float32 stands. It is kept in a file, from which an interrupted one goes on. */
export interface SweepState {
  /** The program and the reference that it is about: with others it begins anew. */
  readonly fingerprint: string
  /** The adapter and its driver, or what the CPU runs. */
  readonly description: string
  /** The first chunk that has not been looked at. */
  readonly next: number
  readonly errors: Errors
  /** How long it took so far. */
  readonly milliseconds: number
  /** When its last chunk was done. */
  readonly when: string
}

/** The state in a file; undefined where there is none that can be gone on from. */
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

/** Writes it so that an interruption leaves the old one or the new one. */
export function writeSweepState(file: string, state: SweepState): void {
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.new`, `${JSON.stringify(state, infinityAsText, 2)}\n`)
  renameSync(`${file}.new`, file)
}

// JSON has no Infinity, which is how far NaN is from a number.
const infinityAsText = (_: string, value: unknown): unknown => (value === Infinity ? 'Infinity' : value)
const revive = (_: string, value: unknown): unknown => (value === 'Infinity' ? Infinity : value)

const WHAT_COUNTS = ['shaders', 'src', 'test/accuracy/survey.ts']

/** One word for the contents of all files that decide what a sweep finds. */
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
