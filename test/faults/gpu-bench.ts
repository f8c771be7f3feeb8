import { Crossover } from '../../src/dispatcher/crossover.ts'
import type { Dispatcher, DispatcherOptions } from '../../src/index.ts'
import { LimitClock } from './clock.ts'
import { diesSilently, neverAnswers } from './failures.ts'
import { type GpuProcessor, type GpuRow, isTaken } from './gpu-rows.ts'
import { settle, watchRejections } from './guard.ts'
import { faultOf, type Outcome, outcomeOf, type Verdict } from './outcome.ts'
import { Rig } from './rig.ts'
import { reluOfLength, type Trial, TRIALS } from './trials.ts'

// Chunks of 2,048 float32.
const SMALL = { maxBufferSize: 8192, maxStorageBufferBindingSize: 8192 }
// Of a length that is tuned for.
const TUNED = 2 ** 16
const LARGE = 2 ** 17
// For what a clock that is struck is to be heard.
const BETWEEN_STRIKES_MS = 10

const made = new Map<string, Trial>()
const lazily = (name: string, make: () => Trial): Trial => {
  const trial = made.get(name) ?? make()
  made.set(name, trial)
  return trial
}

/** The kinds of calls that show a row on a processor. */
export function trialsFor(row: GpuRow): Trial[] {
  if (row.when === 'tuning') return [lazily('tuned', () => reluOfLength(TUNED))]
  const known: Readonly<Record<string, Trial>> = TRIALS
  const names = row.trials ?? Object.keys(known)
  const trials = names.map(name => known[name] ?? lazily('large', () => reluOfLength(LARGE)))
  return trials.filter(({ without }) => !without.includes(row.step))
}

// What `auto` decides by a measurement, or by a million elements, which take too long to judge in hundreds of rows.
const favoursGpu: Crossover['favoursGpu'] = Reflect.get(Crossover.prototype, 'favoursGpu')

/** Runs rows of the fault table, one at a time, on one GPU. `auto` sends it everything but where the row is about tuning. */
export class GpuBench {
  readonly #real: GPU
  readonly #isShared: boolean
  readonly #clock = new LimitClock()
  readonly #shared = new Map<string, Rig>()
  #navigator: PropertyDescriptor | undefined

  /** @param isShared whether rows on healthy devices share them, which takes a fraction of the time */
  constructor(real: GPU, isShared: boolean) {
    this.#real = real
    this.#isShared = isShared
  }

  install(): void {
    this.#navigator = Object.getOwnPropertyDescriptor(navigator, 'gpu')
    this.#clock.install()
  }

  /** Ends what rows share. @returns what is left that should not be */
  async restore(): Promise<string[]> {
    const problems: string[] = []
    for (const rig of this.#shared.values()) problems.push(...(await rig.close()))
    this.#shared.clear()
    this.#clock.restore()
    Crossover.prototype.favoursGpu = favoursGpu
    if (this.#navigator === undefined) Reflect.deleteProperty(navigator, 'gpu')
    else Object.defineProperty(navigator, 'gpu', this.#navigator)
    return problems
  }

  async run(row: GpuRow, processor: GpuProcessor, trial: Trial): Promise<Verdict> {
    const rejections = watchRejections()
    const problems: string[] = []
    let outcome = 'fails'
    try {
      outcome = await this.#run(row, processor, trial, problems)
    } catch (error) {
      problems.push(`the row itself fails: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`)
    }
    // A rejection counts as unhandled when its task has ended.
    await new Promise(resolve => setTimeout(resolve))
    rejections.stop()
    problems.push(...rejections.seen.map(reason => `unhandled rejection: ${String(reason)}`))
    const expected: Outcome = row.outcomes[processor]
    if (outcome !== expected) problems.push(`${outcome}, not ${expected}`)
    return { outcome, problems }
  }

  async #run(row: GpuRow, processor: GpuProcessor, trial: Trial, problems: string[]): Promise<string> {
    const { rig, isShared } = this.#rigFor(row, processor, trial)
    const { faulty } = rig
    Object.defineProperty(navigator, 'gpu', { configurable: true, value: faulty.gpu })
    Crossover.prototype.favoursGpu = row.when === 'tuning' ? favoursGpu : () => true
    if (row.when !== 'creation') await this.#prepare(row, rig, trial)

    const before = rig.dispatcher?.report
    const call = trial.call('one')
    let isOver = false
    const strike = (): void => {
      // What comes afterwards has all the time there is.
      setTimeout(() => isOver || this.#clock.strike(), BETWEEN_STRIKES_MS)
    }
    const device = faulty.devices.at(-1)
    const arm = (): void => {
      if (row.step === 'device.lost' || row.step === 'uncapturederror') return
      faulty.arm(row, row.failure === neverAnswers ? strike : undefined)
    }
    const happens = row.step === 'device.lost' || row.step === 'uncapturederror'
    if (row.when !== 'end') arm()
    if (happens) {
      const { step, failure } = row
      failure.strike({ step, device, object: device!.device, given: [], native: () => undefined })
    }
    if (row.when === 'recovery') device!.lose('unknown')
    // An event of the device comes in its own time.
    if (row.when === 'between calls') await new Promise(resolve => setTimeout(resolve, BETWEEN_STRIKES_MS))

    const calling = async (): Promise<unknown> => call.make(rig.dispatcher ?? (await rig.create(optionsOf(row))))
    const settled = await settle(calling())
    isOver = true
    const fault = faultOf(settled, call)
    if (fault !== undefined) problems.push(fault)
    const { fired, met } = faulty
    if (row.when !== 'end') {
      faulty.disarm()
      if (!isTaken(row, processor)) {
        if (met > 0) problems.push(`the step is taken ${met} times`)
      } else if (fired === 0 && !happens) problems.push(`the fault did not strike: the step was taken ${met} times`)
    }
    const after = rig.dispatcher?.report
    const outcome = outcomeOf(settled, before, after)
    if (after !== undefined) problems.push(...rig.events!.disagreements(after))

    problems.push(...(await this.#goesOn(row, rig, trial)))
    if (isShared && problems.length === 0 && isHealthy(rig)) {
      // A new device has compiled no more than this call.
      if (after!.deviceLosses > before!.deviceLosses) rig.known.clear()
      return outcome
    }
    this.#shared.delete(processor)
    if (row.when === 'end') arm()
    problems.push(...(await rig.close()))
    if (row.when === 'end' && rig.firedAtEnd === 0 && isTaken(row, processor)) problems.push('the fault did not strike')
    return outcome
  }

  #rigFor(row: GpuRow, processor: GpuProcessor, trial: Trial): { readonly rig: Rig; readonly isShared: boolean } {
    const isPlain = row.when === 'later call' && Object.keys(row.options).length === 0 && row.trials?.[0] !== 'large'
    const limits = Object.values(TRIALS as Readonly<Record<string, Trial>>).includes(trial) ? SMALL : {}
    if (!this.#isShared || !isPlain) return { rig: new Rig(this.#real, processor, limits), isShared: false }
    const rig = this.#shared.get(processor) ?? new Rig(this.#real, processor, limits)
    this.#shared.set(processor, rig)
    return { rig, isShared: true }
  }

  /** Creates the dispatcher, and makes a first call where the row is about a later one. */
  async #prepare(row: GpuRow, rig: Rig, trial: Trial): Promise<void> {
    const dispatcher = rig.dispatcher ?? (await rig.create(optionsOf(row)))
    if (row.when === 'first call' || row.when === 'self-test' || row.when === 'tuning') return
    if (rig.known.has(trial)) return
    rig.known.add(trial)
    const { fallbacks } = dispatcher.report
    await expectRight(dispatcher, trial)
    if (dispatcher.report.fallbacks > fallbacks) throw new Error(`without a fault: ${dispatcher.report.reason}`)
  }

  /** After the fault the same dispatcher computes, or another one where there is none. */
  async #goesOn(row: GpuRow, rig: Rig, trial: Trial): Promise<string[]> {
    if (row.when === 'end') return []
    // Who does not know that the device is dead tries it again each time.
    const staysDead = row.failure === diesSilently
    const dispatcher = rig.dispatcher ?? (await rig.create(optionsOf(row)))
    const { fallbacks, quarantined, processor } = dispatcher.report
    const settled = await settle(expectRight(dispatcher, trial))
    if (settled.kind !== 'resolved')
      return [`afterwards: ${settled.kind === 'hung' ? 'hangs' : String(settled.reason)}`]
    const isBack =
      staysDead || quarantined.length > 0 || processor === 'cpu' || dispatcher.report.fallbacks === fallbacks
    return isBack ? [] : [`afterwards the CPU answers, with no more faults: ${dispatcher.report.reason}`]
  }
}

/** @throws Error when a call that meets no fault is not right */
async function expectRight(dispatcher: Dispatcher, trial: Trial): Promise<void> {
  const call = trial.call('another')
  const fault = call.judge(await call.make(dispatcher))
  if (fault !== undefined) throw new Error(fault)
}

function optionsOf({ when, options }: GpuRow): DispatcherOptions {
  // Or else the step would be met by the self-test first.
  return { selfTest: when !== 'first call', tune: when === 'tuning', ...options }
}

/** Whether a dispatcher can go on to the next row. */
function isHealthy({ faulty, dispatcher, adopted }: Rig): boolean {
  if (dispatcher === undefined || dispatcher.report.quarantined.length > 0) return false
  return dispatcher.report.processor === 'webgpu' && (adopted === undefined || faulty.devicesAlive > 0)
}
