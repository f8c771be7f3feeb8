import type { CpuFailure } from './faulty-cpu.ts'
import * as failures from './faulty-cpu.ts'

/** How the CPU computes. */
export const CPU_PROCESSORS = ['WebAssembly', 'JavaScript', 'worker'] as const
export type CpuProcessor = (typeof CPU_PROCESSORS)[number]

/**
 * What becomes of a call:
 *
 * - `unaffected`: right, and computed as before
 * - `JavaScript`: right, by loops, for there is no WebAssembly
 * - `main thread`: right, and so are later calls, which no worker computes
 * - `rejects CODE`: with a typed error
 */
type CpuOutcome = 'unaffected' | 'JavaScript' | 'main thread' | 'rejects out-of-memory' | 'rejects worker-failure'

/** A line of the fault table. */
export interface CpuRow {
  readonly step: string
  /** `loading`: while WebAssembly is loaded and started; `call`: while a dispatcher that was right before computes. */
  readonly when: 'loading' | 'call'
  readonly failure: CpuFailure
  readonly outcomes: Readonly<Record<CpuProcessor, CpuOutcome>>
  /** Whether the inputs are handed over to a worker. */
  readonly transfer: boolean
}

function rows(
  step: string,
  when: CpuRow['when'],
  of: readonly CpuFailure[],
  [wasm, javascript, worker]: readonly [CpuOutcome, CpuOutcome, CpuOutcome],
  transfer = false,
): CpuRow[] {
  const outcomes = { WebAssembly: wasm, JavaScript: javascript, worker }
  return of.map(failure => ({ step, when, failure, outcomes, transfer }))
}

const WITHOUT = ['JavaScript', 'unaffected', 'JavaScript'] as const
const HERE = ['unaffected', 'unaffected', 'main thread'] as const
const NONE = ['unaffected', 'unaffected', 'unaffected'] as const

const { isMissing, throwsError, rejectsWith, refuses, streamBreaks, hasNoMemory, workerThat } = failures

/** The fault table of the CPU. */
export const CPU_ROWS: readonly CpuRow[] = [
  ...rows('WebAssembly', 'loading', [isMissing('WebAssembly')], WITHOUT),
  ...rows('WebAssembly.validate', 'loading', [refuses, throwsError('WebAssembly.validate', 'TypeError')], WITHOUT),
  ...rows(
    'WebAssembly.compile',
    'loading',
    [
      throwsError('WebAssembly.compile', 'CompileError'),
      rejectsWith('WebAssembly.compile', 'CompileError'),
      rejectsWith('WebAssembly.compile', 'RangeError'),
    ],
    WITHOUT,
  ),
  ...rows(
    'WebAssembly.Instance',
    'loading',
    [throwsError('WebAssembly.Instance', 'CompileError'), throwsError('WebAssembly.Instance', 'RangeError')],
    WITHOUT,
  ),
  ...rows('WebAssembly.Memory', 'loading', [throwsError('WebAssembly.Memory', 'RangeError')], WITHOUT),
  ...rows(
    'DecompressionStream',
    'loading',
    [isMissing('DecompressionStream'), throwsError('DecompressionStream', 'TypeError'), streamBreaks],
    WITHOUT,
  ),
  ...rows('atob', 'loading', [isMissing('atob'), throwsError('atob', 'TypeError')], WITHOUT),
  ...rows('Blob', 'loading', [isMissing('Blob')], WITHOUT),

  ...rows('Worker', 'loading', [isMissing('Worker'), throwsError('Worker', 'SecurityError')], HERE),
  ...rows('URL.createObjectURL', 'loading', [throwsError('URL.createObjectURL', 'TypeError')], HERE),
  ...rows(
    'worker start',
    'loading',
    [
      workerThat('start', 'cannot be sent to'),
      workerThat('start', 'has an error'),
      workerThat('start', 'cannot be read'),
      workerThat('start', 'never answers'),
    ],
    HERE,
  ),
  ...rows('worker start', 'loading', [workerThat('start', 'answers late')], NONE),
  ...rows(
    'worker call',
    'call',
    [workerThat('call', 'has an error'), workerThat('call', 'cannot be read'), workerThat('call', 'never answers')],
    HERE,
  ),
  ...rows(
    'worker call',
    'call',
    [
      workerThat('call', 'cannot be sent to'),
      workerThat('call', 'fails half-way'),
      workerThat('call', 'fails at once'),
      workerThat('call', 'answers late'),
    ],
    NONE,
  ),
  // What was handed over went down with it.
  ...rows(
    'worker call',
    'call',
    [workerThat('call', 'has an error'), workerThat('call', 'cannot be read'), workerThat('call', 'never answers')],
    ['unaffected', 'unaffected', 'rejects worker-failure'],
    true,
  ),
  ...rows(
    'worker call',
    'call',
    [
      workerThat('call', 'cannot be sent to'),
      workerThat('call', 'fails half-way'),
      workerThat('call', 'fails at once'),
      workerThat('call', 'answers late'),
    ],
    NONE,
    true,
  ),
  ...rows('structuredClone', 'call', [throwsError('structuredClone', 'DataCloneError')], NONE, true),
  ...rows('new arrays', 'call', [hasNoMemory], ['rejects out-of-memory', 'rejects out-of-memory', 'unaffected']),
]

/** The steps that a processor does not take. */
export function isTakenOnCpu({ step, when, transfer }: CpuRow, processor: CpuProcessor): boolean {
  if (/worker|Worker|createObjectURL/.test(step)) return processor === 'worker'
  if (step === 'structuredClone') return processor === 'worker' && transfer
  if (step === 'new arrays') return processor !== 'worker'
  return when !== 'loading' || processor !== 'JavaScript'
}
