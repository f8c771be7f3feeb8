import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { ActivationsError, createDispatcher, type Dispatcher, type DispatcherOptions } from '../../src/index.ts'
import { LimitClock } from './clock.ts'
import { FaultyGpu } from './faulty-gpu.ts'
import { type Failure, neverAnswers } from './failures.ts'
import { GPU_ROWS } from './gpu-rows.ts'
import { type Settled, settle, until, watchRejections } from './guard.ts'
import { Random } from './random.ts'
import { randomCall } from './random-calls.ts'
import type { Step } from './steps.ts'
import type { Call } from './trials.ts'

/** What has happened so far. */
export interface Tally {
  calls: number
  right: number
  faults: number
  dispatchers: number
  devices: number
  readonly rejected: Record<string, number>
  wrong: number
}

/** The messages of a soak: its adapter, its progress, each fault, and the final counts. */
export type Answer =
  | { readonly description: string }
  | { readonly tally: Tally; readonly heap: number; readonly seconds: number }
  | { readonly problem: string }
  | { readonly done: Tally }

interface Holder {
  readonly dispatcher: Dispatcher
  readonly kind: Kind
  /** Whether every element that a GPU gives is compared, so that no wrong one can slip through. */
  readonly isFull: boolean
}

/** A call that was made, and on what. */
interface Made extends Call {
  readonly holder: Holder
  readonly promise: Promise<unknown>
}

const KINDS = ['own', 'adopted', 'adopted', 'auto', 'cpu', 'worker'] as const
type Kind = (typeof KINDS)[number]

const HOLDERS = 6
const REPORT_MS = 20_000
const MOST_IN_FLIGHT = 1000
// A kernel that was never compiled for one dispatcher is awaited by the next one on the same device, as long as it may take.
const TIME_LIMIT_MS = 5000
// Again and again: who waits behind others that are answered begins anew.
const BETWEEN_STRIKES_MS = 10
// What a call of the soak may use at the same time as others: arrays of the whole batch.
const MOST_ELEMENTS = 8 * 2 ** 20
// A heap that has settled breathes by less.
const MOST_GROWTH = 16 * 2 ** 20
const ROUNDS_TO_SETTLE = 20

const WRONG_RESULTS = new Set(['does nothing', 'gives zeros', 'gives one wrong element', 'gives 0 for NaN'])
const ALSO_WRONG = new Set(['does not compute the tail', 'has a bit wrong', 'dispatches one workgroup less'])

const made = (call: Call, holder: Holder): Made => ({ ...call, holder, promise: call.make(holder.dispatcher) })

const isWrongResult = ({ name }: Failure): boolean => WRONG_RESULTS.has(name) || ALSO_WRONG.has(name)

/** All that can go wrong on a GPU. */
const FAULTS = GPU_ROWS.filter(({ step }) => step !== 'device.lost' && step !== 'uncapturederror').map(
  ({ step, failure }): readonly [Step, Failure] => [step, failure],
)

/** Calls at random for as long as is asked, with and without faults. */
export class Soak {
  readonly tally: Tally = { calls: 0, right: 0, faults: 0, dispatchers: 0, devices: 0, rejected: {}, wrong: 0 }
  readonly #random: Random
  readonly #tell: (answer: Answer) => void
  readonly #faulty: FaultyGpu
  readonly #clock = new LimitClock()
  readonly #rejections = watchRejections()
  readonly #collect: () => void
  readonly #started = performance.now()
  #holders: Holder[] = []
  #adopted: GPUDevice | undefined

  constructor(gpu: GPU, seed: number, tell: (answer: Answer) => void) {
    this.#random = new Random(seed)
    this.#tell = tell
    this.#faulty = new FaultyGpu(gpu, { description: 'soak' })
    Object.defineProperty(navigator, 'gpu', { configurable: true, value: this.#faulty.gpu })
    setFlagsFromString('--expose-gc')
    this.#collect = runInNewContext('gc') as () => void
    this.#clock.install()
  }

  /** So many calls without faults: nothing may grow. */
  async stay(calls: number): Promise<void> {
    if (calls === 0) return
    const holder = await this.#create('own', { crossCheck: 'sample' })
    const { dispatcher } = holder
    const rounds = Math.max(ROUNDS_TO_SETTLE * 2, 100)
    const heaps: number[] = []
    const alive: number[] = []
    for (let round = 0; round < rounds; round++) {
      const batch = Array.from({ length: Math.ceil(calls / rounds) }, () => {
        return randomCall(this.#random, this.#random.integer(1, 200))
      })
      await this.#judge(batch.map(call => made(call, holder)))
      this.#collect()
      heaps.push(process.memoryUsage().heapUsed)
      alive.push(this.#faulty.buffersAlive.length)
      if (round % 20 === 19) this.#report()
    }
    const { fallbacks, reason } = dispatcher.report
    if (fallbacks > 0) this.#wrong(`without a fault the CPU answered ${fallbacks} times: ${reason}`)
    const most = (values: readonly number[]): number => Math.max(...values.slice(ROUNDS_TO_SETTLE, rounds / 2))
    const last = (values: readonly number[]): number => Math.min(...values.slice(-10))
    if (last(heaps) > most(heaps) + MOST_GROWTH)
      this.#wrong(`the heap grew from ${most(heaps)} to ${last(heaps)} bytes`)
    if (last(alive) > most(alive)) this.#wrong(`buffers alive grew from ${most(alive)} to ${last(alive)}`)
    dispatcher.destroy()
    await this.#expectNothing()
  }

  /** Calls with all that can go wrong, for so long. */
  async suffer(milliseconds: number): Promise<void> {
    const end = performance.now() + milliseconds
    let reported = performance.now()
    while (performance.now() < end) {
      await this.#round()
      if (performance.now() - reported < REPORT_MS) continue
      reported = performance.now()
      this.#collect()
      this.#report()
    }
  }

  /** Ends all dispatchers, and looks at what is left. */
  async end(): Promise<void> {
    for (const { dispatcher } of this.#holders) dispatcher.destroy()
    this.#adopted?.destroy()
    await this.#expectNothing()
    await new Promise(resolve => setTimeout(resolve))
    this.#rejections.stop()
    for (const reason of this.#rejections.seen) this.#wrong(`unhandled rejection: ${String(reason)}`)
    this.#clock.restore()
    this.#report()
  }

  async #round(): Promise<void> {
    const random = this.#random
    await this.#renew()
    const [step, failure] = random.pick(FAULTS)
    const isFaulty = random.chance(0.7)
    // A sample may not meet what is wrong: then all is compared, of little.
    const isWrong = isFaulty && isWrongResult(failure)
    const holders = this.#holders.filter(({ isFull }) => isFull || !isWrong)
    if (holders.length === 0) return
    let striking = setInterval(() => this.#clock.strike(), TIME_LIMIT_MS)
    const happens: string[] = []
    if (isFaulty) {
      const at = random.chance(0.2) ? 'all' : random.integer(1, 6)
      happens.push(`${step} ${failure.name} (${at})`)
      const whenFired = (): void => {
        this.tally.faults++
        if (failure !== neverAnswers) return
        clearInterval(striking)
        striking = setInterval(() => this.#clock.strike(), BETWEEN_STRIKES_MS)
      }
      this.#faulty.arm({ step, failure, at }, whenFired)
    }
    const calls = this.#batch(holders, isWrong)
    // Whatever else happens meanwhile: someone destroys the device, or a dispatcher.
    if (random.chance(0.1)) {
      const device = this.#faulty.devices.findLast(({ isLost }) => !isLost)
      const lose = (): void => {
        this.tally.faults++
        device?.lose(random.chance(0.5) ? 'unknown' : 'destroyed')
      }
      happens.push('a device is lost')
      setTimeout(lose, random.integer(0, 3))
    }
    if (random.chance(0.05)) {
      const [ended] = this.#holders.splice(random.integer(0, this.#holders.length - 1), 1)
      happens.push('a dispatcher is destroyed')
      setTimeout(() => ended!.dispatcher.destroy(), random.integer(0, 3))
    }
    await this.#judge(calls, happens)
    clearInterval(striking)
    this.#faulty.disarm()
  }

  /** Calls that are under way at the same time, on any of the dispatchers. */
  #batch(holders: readonly Holder[], isWrong: boolean): Made[] {
    const random = this.#random
    const most = random.chance(0.02) ? MOST_IN_FLIGHT : random.chance(0.2) ? 100 : 10
    const calls: Made[] = []
    let elements = MOST_ELEMENTS
    for (let i = random.integer(1, most); i > 0 && elements > 0; i--) {
      const length = isWrong ? random.integer(100, 3000) : this.#length()
      elements -= length
      const controller = random.chance(0.05) ? new AbortController() : undefined
      const call = randomCall(random, length, { signal: controller?.signal })
      if (controller !== undefined) {
        const abort = (): void => controller.abort(ABORTED)
        if (random.chance(0.3)) abort()
        else setTimeout(abort, random.integer(0, 4))
      }
      calls.push(made(call, random.pick(holders)))
    }
    return calls
  }

  #length(): number {
    const random = this.#random
    const kind = random.next()
    if (kind < 0.02) return 0
    if (kind < 0.9) return random.integer(1, 4000)
    if (kind < 0.995) return random.integer(4000, 200_000)
    return random.integer(200_000, 4 * 2 ** 20)
  }

  /** @param happens what happened meanwhile, to be told with what is wrong */
  async #judge(calls: readonly Made[], happens: readonly string[] = []): Promise<void> {
    for (const [i, settled] of (await Promise.all(calls.map(({ promise }) => settle(promise)))).entries()) {
      const call = calls[i]!
      this.tally.calls++
      const fault = this.#faultOf(call, settled)
      if (fault === undefined) continue
      const { kind, dispatcher } = call.holder
      const about = [kind, `${calls.length} calls`, ...happens, dispatcher.report.reason]
      this.#wrong(`${fault} (${about.join(', ')})`)
    }
  }

  #faultOf(call: Made, settled: Settled): string | undefined {
    if (settled.kind === 'hung') return 'a call hangs'
    if (settled.kind === 'resolved') {
      const fault = call.judge(settled.value)
      if (fault === undefined) this.tally.right++
      return fault
    }
    const { reason } = settled
    const code = reason === ABORTED ? 'aborted' : reason instanceof ActivationsError ? reason.code : undefined
    if (code === undefined) return `a call rejects with ${String(reason)}`
    this.tally.rejected[code] = (this.tally.rejected[code] ?? 0) + 1
    return call.judgeInputs()
  }

  /** Has enough dispatchers that compute on a GPU, and now and then a new one. */
  async #renew(): Promise<void> {
    const random = this.#random
    const isSpent = ({ dispatcher }: Holder): boolean =>
      dispatcher.report.quarantined.length > 0 || (dispatcher.report.processor === 'cpu' && random.chance(0.1))
    const spent = this.#holders.filter(holder => isSpent(holder) || random.chance(0.01))
    for (const { dispatcher } of spent) dispatcher.destroy()
    this.#holders = this.#holders.filter(holder => !spent.includes(holder))
    while (this.#holders.length < HOLDERS) {
      const kind = random.pick(KINDS)
      const crossCheck = random.pick(['sample', 'full', 'full'] as const)
      this.#holders.push(await this.#create(kind, { crossCheck }))
    }
    this.#faulty.forget()
  }

  async #create(kind: Kind, options: Pick<DispatcherOptions, 'crossCheck'>): Promise<Holder> {
    this.tally.dispatchers++
    // Each adapter is one that was never seen, so that kernels test themselves.
    const isFallbackAdapter = kind === 'auto' ? false : undefined
    this.#faulty.disguise = { description: `soak ${this.tally.dispatchers}`, isFallbackAdapter }
    if (kind === 'adopted' && this.#faulty.devices.every(({ device, isLost }) => device !== this.#adopted || isLost)) {
      const adapter = await this.#faulty.gpu.requestAdapter()
      this.#adopted = await adapter!.requestDevice()
    }
    const processor = kind === 'auto' ? 'auto' : kind === 'own' || kind === 'adopted' ? 'webgpu' : 'cpu'
    const dispatcher = await createDispatcher({
      processor,
      device: kind === 'adopted' ? this.#adopted : undefined,
      worker: kind === 'worker' && 1,
      timeLimit: LimitClock.limit,
      tune: false,
      ...options,
    })
    return { dispatcher, kind, isFull: options.crossCheck === 'full' }
  }

  async #expectNothing(): Promise<void> {
    const faulty = this.#faulty
    const isClean = (): boolean =>
      faulty.buffersAlive.length + faulty.openScopes + faulty.pendingMaps + faulty.devicesAlive === 0
    await until(isClean)
    const { buffersAlive, openScopes, pendingMaps, devicesAlive, mistakes } = faulty
    if (buffersAlive.length > 0) this.#wrong(`${buffersAlive.length} buffers are alive: ${buffersAlive[0]}`)
    if (openScopes > 0) this.#wrong(`${openScopes} error scopes are open`)
    if (pendingMaps > 0) this.#wrong(`${pendingMaps} maps are pending`)
    if (devicesAlive > 0) this.#wrong(`${devicesAlive} devices are alive`)
    for (const mistake of mistakes) this.#wrong(mistake)
  }

  #wrong(problem: string): void {
    this.tally.wrong++
    this.#tell({ problem })
  }

  #report(): void {
    this.tally.devices = this.#faulty.made
    const heap = process.memoryUsage().heapUsed
    this.#tell({ tally: this.tally, heap, seconds: (performance.now() - this.#started) / 1000 })
  }
}

const ABORTED = new Error('This call was aborted on purpose.')
