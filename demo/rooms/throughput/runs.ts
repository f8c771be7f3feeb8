import type { Input } from '../../input/input.ts'
import { type Environment, hasFailed, type Row, type Subject, taskOf } from '../../measure/rows.ts'
import type { Results } from './report/exports.ts'
import { formatElements } from '../../support/format.ts'
import type { State } from '../../state/state.ts'

/** The parts of a run's request on which its rows depend. */
export interface Wanted {
  readonly input: Input
  readonly state: State
}

/** The rows of one request, which grow over one or several runs of it. */
export class Run implements Results {
  readonly number: number
  readonly input: string
  /** Of the rows that are timed. */
  readonly runs: number
  readonly hasPeers: boolean
  environment: Environment
  readonly #wanted: Wanted
  readonly #rows = new Map<string, Row>()
  #plan: readonly Subject[]

  constructor(number: number, wanted: Wanted, environment: Environment, plan: readonly Subject[]) {
    this.number = number
    this.#wanted = wanted
    this.input = wanted.input.title
    this.runs = wanted.state.runs
    this.hasPeers = wanted.state.peers.length > 0
    this.environment = environment
    this.#plan = plan
  }

  get title(): string {
    const { activations, sizes } = this.#wanted.state
    const names = activations.length > 3 ? `${activations.length} activations` : activations.join(', ')
    const lengths = sizes.length > 1 ? `${sizes.length} sizes` : sizes.map(formatElements).join()
    return `Run ${this.number}: ${names}, ${lengths}, ${new Date(this.environment.when).toLocaleTimeString()}`
  }

  /** The number of rows once all are measured. */
  get total(): number {
    return this.#plan.length
  }

  /** The rows so far, in the order of the plan. */
  get rows(): readonly Row[] {
    return this.#plan.flatMap(subject => this.#rows.get(taskOf(subject)) ?? [])
  }

  /** The tasks that have no row, or one that failed. */
  get left(): readonly Subject[] {
    return this.#plan.filter(subject => !this.has(subject))
  }

  /** True where a task has its row, and it did not fail. */
  has(subject: Subject): boolean {
    const row = this.#rows.get(taskOf(subject))
    return row !== undefined && !hasFailed(row)
  }

  isOf({ input, state }: Wanted): boolean {
    return sameInput(input, this.#wanted.input) && requestOf(state) === requestOf(this.#wanted.state)
  }

  add(row: Row): void {
    this.#rows.set(taskOf(row), row)
  }

  /** Prepares for the rows that are missing: those that failed are measured again. */
  resume(environment: Environment, plan: readonly Subject[]): void {
    this.environment = { ...environment, when: this.environment.when }
    this.#plan = plan
    for (const [task, row] of this.#rows) if (hasFailed(row)) this.#rows.delete(task)
  }
}

/** Random numbers are made anew for every request, files are not. */
function sameInput(one: Input, other: Input): boolean {
  return one === other || (one.length === undefined && one.title === other.title)
}

function requestOf({
  seed,
  sizes,
  activations,
  directions,
  processors,
  peers,
  runs,
  threads,
  parameters,
}: State): string {
  const chosen = activations.map(name => `${name} ${JSON.stringify(parameters[name])}`)
  // The order in which an address names them is of no matter.
  const lists: readonly (readonly string[])[] = [chosen, directions, processors, peers]
  return JSON.stringify([seed, runs, threads, sizes, ...lists.map(list => list.toSorted())])
}
