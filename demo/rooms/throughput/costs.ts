import * as library from '../../../src/index.ts'
import { computationOf } from '../../measure/computation.ts'
import type { Subject } from '../../measure/rows.ts'
import { isSoftware, type Surroundings } from '../../shell/environment.ts'
import { ACTIVATION_NAMES, makeActivation } from '../../state/choices.ts'
import type { State } from '../../state/state.ts'
import { formatWhole, messageOf } from '../../support/format.ts'
import { expectedSeconds, formatDuration, Pace, Remaining } from './run/estimate.ts'
import { type Request, subjectsOf } from './run/measure.ts'

/** The request of a state but for its input, or a message about what is missing. */
export function requestOf({
  sizes,
  activations,
  directions,
  processors,
  runs,
  threads,
  seed,
  parameters,
}: State): Omit<Request, 'input'> | string {
  if (sizes.length === 0) return 'Choose at least one size.'
  if (activations.length === 0) return 'Choose at least one activation.'
  if (directions.length === 0) return 'Choose at least one direction.'
  if (processors.length === 0) return 'Choose at least one processor.'
  try {
    const made = ACTIVATION_NAMES.filter(name => activations.includes(name)).map(name =>
      makeActivation(library, name, parameters[name]),
    )
    const computations = made.flatMap(activation => directions.map(direction => computationOf(activation, direction)))
    return { seed, sizes, computations, processors, runs, threads }
  } catch (error) {
    return messageOf(error)
  }
}

/** Estimates the time of measurements from those made here. */
export class Costs {
  /** Undefined until the adapter is known. */
  surroundings: Surroundings | undefined
  readonly #pace = new Pace()

  /** The rows and the time of a state, in words; empty where it cannot be measured. */
  of(state: State): string {
    const request = requestOf(state)
    if (typeof request === 'string') return ''
    const processors = request.processors.filter(one => one === 'cpu' || this.surroundings?.missing === undefined)
    // The computations that other libraries have are known once they are loaded.
    const peers = state.peers.map(name => ({ name, missing: '' }))
    const subjects = subjectsOf({ ...request, processors }, peers)
    return `${peers.length === 0 ? '' : 'up to '}${formatWhole(subjects.length)} rows, ${this.time(subjects, state.runs)}`
  }

  /** The time of some tasks, in words. */
  time(subjects: readonly Subject[], runs: number): string {
    const seconds = this.remaining(subjects, runs, 0).secondsLeft(0)
    return `about ${formatDuration(seconds)}`
  }

  /** The time left for some tasks while they are measured. @param now in seconds */
  remaining(subjects: readonly Subject[], runs: number, now: number): Remaining {
    const software = this.surroundings !== undefined && isSoftware(this.surroundings)
    return new Remaining(this.#pace, subjects, subject => expectedSeconds(subject, runs, software), now)
  }
}
