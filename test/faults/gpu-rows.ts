import type { DispatcherOptions } from '../../src/index.ts'
import {
  answersLate,
  answersNull,
  diesSilently,
  dispatchesLess,
  doesNothing,
  type Failure,
  flipsBit,
  givesOneWrong,
  givesZeros,
  internalError,
  isRefused,
  leavesTail,
  loosesNaN,
  lostAfter,
  lostBefore,
  lostMeanwhile,
  lostWhenAnswered,
  neverAnswers,
  outOfMemory,
  outOfMemoryForLarge,
  rejects,
  throws,
} from './failures.ts'
import type { Outcome } from './outcome.ts'
import type { Step } from './steps.ts'
import type { TrialName } from './trials.ts'

/** Whose device it is. `auto` is on one that says it is hardware. */
export const GPU_PROCESSORS = ['own device', 'adopted device', 'auto'] as const
export type GpuProcessor = (typeof GPU_PROCESSORS)[number]

/**
 * When a fault is there:
 *
 * - `creation`: while the dispatcher is created
 * - `first call`: nothing has been compiled on the device
 * - `self-test`: the same, and the kernel tests itself first
 * - `later call`: a call like it was right before
 * - `between calls`: the same, and what happens is known before it begins
 * - `recovery`: the device is lost before the call, and another is looked for
 * - `tuning`: `'auto'` measures what a round trip costs
 * - `end`: the dispatcher is destroyed after a call
 */
type When = 'creation' | 'first call' | 'self-test' | 'later call' | 'between calls' | 'recovery' | 'tuning' | 'end'

/** A line of the fault table: a step, how it fails, and what becomes of the call by the processor. */
export interface GpuRow {
  readonly step: Step
  readonly when: When
  readonly failure: Failure
  /** Which time that the step is taken. */
  readonly at: number | 'all'
  readonly outcomes: Readonly<Record<GpuProcessor, Outcome>>
  readonly options: DispatcherOptions
  /** The calls that show it; any where it is left out. */
  readonly trials: readonly (TrialName | 'large')[] | undefined
}

type Outcomes = Outcome | GpuRow['outcomes']
type Extras = Partial<Pick<GpuRow, 'at' | 'options' | 'trials'>>

const by = (own: Outcome, adopted: Outcome, auto: Outcome): GpuRow['outcomes'] => {
  return { 'own device': own, 'adopted device': adopted, auto }
}

function rows(step: Step, when: When, failures: readonly Failure[], outcomes: Outcomes, extras: Extras = {}): GpuRow[] {
  const each = typeof outcomes === 'string' ? by(outcomes, outcomes, outcomes) : outcomes
  return failures.map(failure => {
    return { step, when, failure, outcomes: each, at: 1, options: {}, trials: undefined, ...extras }
  })
}

const LOST = by('new device', 'cpu', 'new device')
const NO_DEVICE = by('rejects webgpu-unavailable', 'unaffected', 'cpu')
const FULL = { crossCheck: 'full' } as const

const throwing = [throws('TypeError'), throws('OperationError')]
const losing = [lostBefore, lostAfter, lostMeanwhile]

/** What any step may come to that answers at once, while a call is encoded and submitted. */
function synchronous(step: Step, when: When): GpuRow[] {
  return [
    ...rows(step, when, throwing, 'cpu'),
    // An engine's way to say that it has no memory.
    ...rows(step, when, [throws('RangeError')], 'again'),
    ...rows(step, when, losing, LOST),
  ]
}

/** An engine's way to say that it has no memory; but what a pass throws says that it was given something wrong. */
function rangeErrors(step: Step): GpuRow[] {
  const failures = [throws('RangeError')]
  if (!['setPipeline', 'setBindGroup', 'dispatchWorkgroups'].includes(step)) {
    return rows(step, 'later call', failures, 'again')
  }
  return [
    ...rows(step, 'later call', failures, 'cpu', { trials: ['chunks', 'gelu', 'swiglu', 'masked', 'inPlace'] }),
    ...rows(step, 'later call', failures, 'again', { trials: ['alpha'] }),
  ]
}

/** The fault table of WebGPU. */
export const GPU_ROWS: readonly GpuRow[] = [
  ...rows('requestAdapter', 'creation', [throws('TypeError'), rejects('OperationError'), answersNull], NO_DEVICE, {
    at: 'all',
  }),
  ...rows('requestAdapter', 'creation', [neverAnswers], NO_DEVICE),
  ...rows('requestAdapter', 'creation', [answersLate], 'unaffected'),
  ...rows('requestAdapter', 'recovery', [throws('TypeError'), rejects('OperationError'), answersNull], 'cpu', {
    at: 'all',
  }),
  ...rows('requestAdapter', 'recovery', [neverAnswers], 'cpu'),
  ...rows('requestAdapter', 'recovery', [answersLate], LOST),

  ...rows('requestDevice', 'creation', [throws('TypeError'), rejects('OperationError')], NO_DEVICE, { at: 'all' }),
  ...rows('requestDevice', 'creation', [neverAnswers], NO_DEVICE),
  ...rows('requestDevice', 'creation', [answersLate], 'unaffected'),
  ...rows('requestDevice', 'recovery', [throws('TypeError'), rejects('OperationError')], 'cpu', { at: 'all' }),
  ...rows('requestDevice', 'recovery', [neverAnswers], 'cpu'),
  ...rows('requestDevice', 'recovery', [answersLate], LOST),

  ...synchronous('pushErrorScope', 'later call'),
  ...rows('popErrorScope', 'later call', [...throwing, rejects('OperationError'), internalError], 'cpu'),
  ...rows('popErrorScope', 'later call', [neverAnswers], LOST),
  ...rows('popErrorScope', 'later call', [outOfMemory], 'again'),
  ...rows('popErrorScope', 'later call', [answersLate], 'unaffected'),
  ...rows('popErrorScope', 'later call', [lostBefore, lostAfter, lostWhenAnswered], LOST),

  ...(['createBuffer (device)', 'createBuffer (staging)', 'createBuffer (constants)'] as const).flatMap(step => [
    ...synchronous(step, 'first call'),
    ...rows(step, 'first call', [isRefused, internalError], 'cpu'),
    ...rows(step, 'first call', [outOfMemory], 'again'),
    ...rows(step, 'first call', [outOfMemory], 'cpu', { at: 'all' }),
  ]),
  ...rows('createBuffer (device)', 'first call', [outOfMemoryForLarge], 'again', { at: 'all', trials: ['large'] }),
  ...rows('createBuffer (staging)', 'first call', [outOfMemoryForLarge], 'again', { at: 'all', trials: ['large'] }),

  ...(['createShaderModule', 'createBindGroupLayout', 'createPipelineLayout', 'createBindGroup'] as const).flatMap(
    step => [
      ...rows(step, 'first call', [...throwing, isRefused, internalError], 'cpu'),
      ...rows(step, 'first call', losing, LOST),
    ],
  ),
  ...rows('createComputePipelineAsync', 'first call', [...throwing, isRefused, internalError], 'cpu'),
  ...rows('createComputePipelineAsync', 'first call', [rejects('OperationError')], 'cpu'),
  ...rows('createComputePipelineAsync', 'first call', [neverAnswers], LOST),
  ...rows('createComputePipelineAsync', 'first call', [answersLate], 'unaffected'),
  ...rows('createComputePipelineAsync', 'first call', [lostBefore, lostAfter, lostWhenAnswered], LOST),

  ...rows('writeBuffer', 'later call', [doesNothing], 'quarantined', { at: 'all', options: FULL }),
  ...rows('dispatchWorkgroups', 'later call', [doesNothing, dispatchesLess], 'quarantined', { options: FULL }),
  ...rows('copyBufferToBuffer', 'later call', [doesNothing], 'quarantined', { options: FULL }),
  ...rows('submit', 'later call', [doesNothing], 'quarantined', { options: FULL }),
  ...(
    [
      'writeBuffer',
      'createCommandEncoder',
      'beginComputePass',
      'setPipeline',
      'setBindGroup',
      'dispatchWorkgroups',
      'end',
      'copyBufferToBuffer',
      'finish',
      'submit',
    ] as const
  ).flatMap(step => [
    ...rows(step, 'later call', throwing, 'cpu'),
    ...rangeErrors(step),
    ...rows(step, 'later call', losing, LOST),
    ...rows(step, 'later call', [isRefused, internalError], 'cpu'),
    ...rows(step, 'later call', [outOfMemory], 'again'),
  ]),

  ...rows('mapAsync', 'later call', [...throwing, rejects('OperationError'), rejects('AbortError')], 'cpu'),
  ...rows('mapAsync', 'later call', [rejects('RangeError'), isRefused], 'cpu'),
  ...rows('mapAsync', 'later call', [neverAnswers], LOST),
  ...rows('mapAsync', 'later call', [answersLate], 'unaffected'),
  ...rows('mapAsync', 'later call', [lostBefore, lostAfter, lostWhenAnswered], LOST),
  ...rows('mapAsync', 'later call', [rejects('OperationError'), lostBefore, neverAnswers], 'cpu', { at: 'all' }),

  ...rows('getMappedRange (staging)', 'later call', throwing, 'cpu'),
  ...rows('getMappedRange (staging)', 'later call', [throws('RangeError')], 'again'),
  ...rows('getMappedRange (staging)', 'later call', [lostBefore, lostAfter], LOST),
  ...rows('getMappedRange (staging)', 'later call', [isRefused], 'cpu'),
  ...rows('getMappedRange (staging)', 'later call', [givesZeros], 'quarantined'),
  ...rows('getMappedRange (staging)', 'later call', [givesOneWrong], 'quarantined', { options: FULL }),
  ...rows('getMappedRange (staging)', 'later call', [leavesTail], 'quarantined', { options: FULL }),
  ...rows('getMappedRange (staging)', 'later call', [loosesNaN], 'quarantined', { trials: ['chunks'] }),
  ...rows('getMappedRange (staging)', 'later call', [flipsBit], 'quarantined', {
    trials: ['masked'],
    at: 2,
    options: FULL,
  }),
  ...rows('getMappedRange (staging)', 'later call', [givesZeros], 'rejects cross-check', {
    options: { onMismatch: 'throw' },
  }),
  ...rows('getMappedRange (staging)', 'self-test', [givesZeros, loosesNaN], 'quarantined', {
    at: 'all',
    trials: ['chunks'],
    options: { crossCheck: 'off' },
  }),
  ...rows('mapAsync', 'self-test', [neverAnswers, lostAfter], LOST),
  ...rows('mapAsync', 'self-test', [rejects('OperationError')], 'cpu'),
  ...synchronous('getMappedRange (constants)', 'first call'),
  ...rows('getMappedRange (constants)', 'first call', [isRefused], 'cpu'),
  ...rows('unmap (constants)', 'first call', throwing, 'cpu'),
  ...rows('unmap (staging)', 'later call', throwing, 'cpu'),
  ...rows('unmap (staging)', 'later call', [lostBefore, lostAfter], LOST),

  ...rows('device.lost', 'later call', [lostBefore, lostAfter], LOST),
  ...rows('device.lost', 'later call', [diesSilently], 'cpu'),
  ...rows('device.lost', 'between calls', [lostBefore, lostAfter], LOST),
  ...rows(
    'uncapturederror',
    'between calls',
    [isRefused, outOfMemory, internalError],
    by('reported', 'unaffected', 'reported'),
  ),
  ...rows('onSubmittedWorkDone', 'tuning', [...throwing, rejects('OperationError'), answersLate], 'unaffected'),
  ...rows('onSubmittedWorkDone', 'tuning', [neverAnswers], 'unaffected'),
  ...rows('destroy (buffer)', 'end', [lostBefore, lostAfter], 'unaffected'),
  ...rows('destroy (device)', 'end', [lostBefore, lostAfter], 'unaffected'),
]

/** Whether a processor takes a step at all. */
export function isTaken({ step, when }: GpuRow, processor: GpuProcessor): boolean {
  switch (step) {
    case 'requestAdapter':
    case 'requestDevice':
    case 'destroy (device)':
      return processor !== 'adopted device'
    case 'onSubmittedWorkDone':
      return processor === 'auto' && when === 'tuning'
    default:
      return true
  }
}
