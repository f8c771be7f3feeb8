import type { AdapterDescription, Direction } from '../../src/index.ts'
import type { Choice } from './choice.ts'
import type { Processor } from '../state/choices.ts'
import type { PeerName } from '../state/peers.ts'

export type Library = 'webgpu-activations' | 'copy' | PeerName

type Residency = 'resident' | 'roundtrip'

/**
 * The work between two readings of performance.now(): recorded commands from their submission until the device is done; calls
 * that record and submit by themselves, until the device is done; or calls until their results are there.
 */
type Clock = 'submit to done' | 'call to done' | 'call to result'

/** The task of a row. */
export interface Subject {
  /** 'copy': a baseline, which moves bytes and computes nothing. */
  readonly library: Library
  /** Of a baseline its method: 'copy' (a WGSL kernel), 'copyBufferToBuffer' or 'set' (of a typed array). */
  readonly activation: string
  /** Of a baseline the bytes that it moves: forward those of x and y, backward those of x, dy and dx. */
  readonly direction: Direction
  readonly format: 'f32'
  readonly elements: number
  readonly processor: Processor
  /**
   * resident: the data lies in GPU buffers and a run is one submit; on the CPU it lies in the memory in which a library computes.
   * roundtrip: array in, array out.
   */
  readonly residency: Residency
  /** The place of the result where it is no new array: an array that is reused, or an input. */
  readonly output?: 'out' | 'in place'
  readonly clock: Clock
  readonly bytesPerElement: number
}

/** The comparison of a result with the expected one: the elements compared, and the largest error. */
export interface Check {
  readonly elements: number
  readonly maxUlp: number
  readonly passed: boolean
}

export interface Timing {
  readonly medianMs: number
  readonly p5Ms: number
  readonly p95Ms: number
}

/** One row of the table. It carries a time if and only if its check passed. */
export interface Row extends Subject, Partial<Timing> {
  readonly runs: number
  readonly gigabytesPerSecond?: number
  readonly crossCheck: Check
  /** The reason why the row failed. */
  readonly error?: string
  /** The reason why nothing was measured, where nothing is wrong. */
  readonly skipped?: string
}

export interface Environment extends Partial<Choice> {
  /** null where WebGPU is missing or was not chosen. */
  readonly adapter: AdapterDescription | null
  readonly userAgent: string
  readonly library: string
  readonly when: string
  /** The threads on the CPU, where there is more than one. */
  readonly threads?: number
  /** The versions of the libraries that are compared. */
  readonly peers?: Readonly<Partial<Record<PeerName, string>>>
}

const UNCHECKED: Check = { elements: 0, maxUlp: 0, passed: false }

export function subject(about: Omit<Subject, 'library' | 'format'> & { library?: Library }): Subject {
  const { library = 'webgpu-activations', activation, direction, ...rest } = about
  return { library, activation, direction, format: 'f32', ...rest }
}

export function timedRow(about: Subject, crossCheck: Check, runs: number, timing: Timing): Row {
  const gigabytesPerSecond = (about.elements * about.bytesPerElement) / timing.medianMs / 1e6
  return { ...about, ...timing, runs, gigabytesPerSecond, crossCheck }
}

export function failedRow(about: Subject, error: string, crossCheck: Check = UNCHECKED): Row {
  return { ...about, runs: 0, crossCheck: { ...crossCheck, passed: false }, error }
}

export function skippedRow(about: Subject, skipped: string): Row {
  return { ...about, runs: 0, crossCheck: UNCHECKED, skipped }
}

export function hasFailed(row: Row): boolean {
  return row.skipped === undefined && !row.crossCheck.passed
}

/** A name for a task: two rows of one name can be compared. */
export function taskOf({ library, activation, direction, elements, processor, residency, output }: Subject): string {
  return [library, activation, direction, elements, processor, residency, output ?? ''].join(' ')
}

/** True for the row of another library. */
export function isPeer({ library }: Subject): boolean {
  return library !== 'webgpu-activations' && library !== 'copy'
}

/**
 * The ratio of a row's time to that of a copy at the same size, byte for byte; 1 is the best possible. On WebGPU the copy is the
 * kernel of the same direction, on the CPU `set` of a typed array.
 */
export function timesCopy(row: Row, rows: readonly Row[]): number | undefined {
  const { elements, processor, residency, direction, gigabytesPerSecond } = row
  if (gigabytesPerSecond === undefined || (processor === 'webgpu' && residency !== 'resident')) return undefined
  const copies = rows.filter(
    other => other.library === 'copy' && other.elements === elements && other.processor === processor,
  )
  const named = copies.filter(({ activation }) => activation === (processor === 'cpu' ? 'set' : 'copy'))
  const copy = named.find(other => other.direction === direction) ?? named[0]
  return copy?.gigabytesPerSecond === undefined ? undefined : copy.gigabytesPerSecond / gigabytesPerSecond
}

/** The ratio of a row's time to this library's for the same task in the same place; above 1 this library is faster. */
export function timesOurs(row: Row, rows: readonly Row[]): number | undefined {
  if (row.medianMs === undefined) return undefined
  const ours = rows.find(
    other =>
      other.library === 'webgpu-activations' &&
      (['activation', 'direction', 'elements', 'processor', 'residency'] as const).every(
        key => other[key] === row[key],
      ),
  )
  return ours?.medianMs === undefined ? undefined : row.medianMs / ours.medianMs
}
