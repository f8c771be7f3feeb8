import type { AdapterDescription, Direction } from '../src/index.ts'
import type { Processor } from './choices.ts'

type Residency = 'resident' | 'roundtrip'

/** What a row is about. */
export interface Subject {
  readonly library: 'webgpu-activations' | 'copy'
  readonly activation: string
  readonly direction: Direction
  readonly format: 'f32'
  readonly elements: number
  readonly processor: Processor
  /** resident: the data is there already, one submit. roundtrip: array in, array out. */
  readonly residency: Residency
  readonly bytesPerElement: number
}

/** The comparison of a result with the expected one: how many elements, and how far off the worst is. */
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
  /** Why the row failed. */
  readonly error?: string
  /** Why nothing was measured here, though nothing is wrong. */
  readonly skipped?: string
}

export interface Environment {
  /** null where WebGPU is missing or was not chosen. */
  readonly adapter: AdapterDescription | null
  readonly userAgent: string
  readonly library: string
  readonly when: string
}

const UNCHECKED: Check = { elements: 0, maxUlp: 0, passed: false }

export function subject(about: Omit<Subject, 'library' | 'format'> & { library?: Subject['library'] }): Subject {
  const {
    library = 'webgpu-activations',
    activation,
    direction,
    elements,
    processor,
    residency,
    bytesPerElement,
  } = about
  return { library, activation, direction, format: 'f32', elements, processor, residency, bytesPerElement }
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

/** How a row's time compares with that of the copy kernel at the same size, byte for byte; 1 is as good as it gets. */
export function timesCopy(row: Row, rows: readonly Row[]): number | undefined {
  if (row.residency !== 'resident' || row.gigabytesPerSecond === undefined) return undefined
  const copy = rows.find(other => other.library === 'copy' && other.elements === row.elements)
  return copy?.gigabytesPerSecond === undefined ? undefined : copy.gigabytesPerSecond / row.gigabytesPerSecond
}
