import type { Claim } from '../../../lab/claims.ts'
import type { Judgement, Message, ProcessorChoice, Request } from '../../../lab/protocol.ts'
import type { ClaimName } from '../../../lab/story.ts'
import { judge, type SeedResult } from '../../../lab/verdict.ts'
import { type Listener, startWorker, type WorkerThread } from './training.ts'

/** The verdict of a claim, or what there is of it so far. */
export interface Verdict extends Judgement {
  readonly results: readonly SeedResult[]
  /** The number of seeds that it is to have. */
  readonly wanted: number
  /** False where it was stopped, or is being measured. */
  readonly isComplete: boolean
}

/** Measures claims over many seeds, in a thread of its own. Verdicts are kept. */
export class Judging {
  /** The reason why the last measurement failed. */
  problem: string | undefined
  readonly #listener: Listener
  readonly #claimOf: (name: ClaimName) => Claim
  readonly #start: () => WorkerThread
  readonly #verdicts = new Map<ClaimName, Verdict>()
  #worker: WorkerThread | undefined
  #run = 0
  #isRunning = false

  constructor(listener: Listener, claimOf: (name: ClaimName) => Claim, start: () => WorkerThread = startWorker) {
    this.#listener = listener
    this.#claimOf = claimOf
    this.#start = start
  }

  get isRunning(): boolean {
    return this.#isRunning
  }

  verdictOf(claim: ClaimName): Verdict | undefined {
    return this.#verdicts.get(claim)
  }

  start(claims: readonly ClaimName[], seeds: number, processor: ProcessorChoice): void {
    this.#run++
    this.#isRunning = true
    this.problem = undefined
    for (const claim of claims) this.#verdicts.set(claim, this.#verdict(claim, [], seeds))
    this.#post({ type: 'judge', run: this.#run, claims, seeds, processor })
    this.#listener.changed()
  }

  /** Ends after the seed that is being measured; the verdicts so far stay. */
  stop(): void {
    if (!this.#isRunning) return
    this.#post({ type: 'stop', run: this.#run })
    this.#isRunning = false
    this.#listener.changed()
  }

  #post(request: Request): void {
    if (this.#worker === undefined) {
      this.#worker = this.#start()
      this.#worker.addEventListener('message', event => this.#receive((event as MessageEvent<Message>).data))
      this.#worker.addEventListener('error', event => this.#fail(event.message))
    }
    // Nothing is transferred.
    this.#worker.postMessage(request, [])
  }

  #receive(message: Message): void {
    if (message.type === 'processor') this.#listener.processorChanged(message)
    if (!('run' in message) || message.run !== this.#run) return
    if (message.type === 'seed') {
      const { claim, seed, passed, measured, seeds } = message
      const results = [...(this.#verdicts.get(claim)?.results ?? []), { seed, passed, measured }]
      this.#verdicts.set(claim, this.#verdict(claim, results, seeds))
    } else if (message.type === 'judged') this.#isRunning = false
    else if (message.type === 'failed') this.#end(`${message.message} ${message.fix}`)
    this.#listener.changed()
  }

  #verdict(name: ClaimName, results: readonly SeedResult[], wanted: number): Verdict {
    return { ...judge(this.#claimOf(name), results), results, wanted, isComplete: results.length === wanted }
  }

  #fail(message: string): void {
    this.#worker?.terminate()
    this.#worker = undefined
    this.#end(`The thread that measures seeds failed: ${message || 'it cannot be loaded'}. Start it again.`)
    this.#listener.changed()
  }

  #end(problem: string): void {
    this.problem = problem
    this.#isRunning = false
  }
}
