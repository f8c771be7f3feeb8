import type { Dispatcher } from '../../src/index.ts'
import type { Subject } from './rows.ts'
import { checkResults, type Expectation } from './check.ts'
import type { Computation, Data } from './computation.ts'
import type { CpuMemory } from './cpu-memory.ts'
import type { Workload } from './workload.ts'
import { inTurn } from './rotation.ts'
import type { Candidate } from './interleaved.ts'

const MOST_REPEATS = 16_384
// A computation in place takes its own result as its next input. After few repetitions no number is subnormal yet; some processors
// are slow with subnormals.
const MOST_TIMES_IN_PLACE = 8

/** A function from arrays to arrays. */
export interface Calls {
  /** Runs before the calls, not timed. Returns a function to run after them. */
  readonly begin?: () => Promise<(() => void) | undefined>
  readonly call: (data: Data, turn: number) => Promise<readonly Float32Array[]>
}

/** Sequential calls with arrays, timed until the last result is available. */
export function callCandidate(
  subject: Subject,
  { begin, call }: Calls,
  expect: () => Promise<readonly Expectation[]>,
  { sets, rotation, signal }: Workload,
): Candidate {
  return {
    subject,
    mostRepeats: MOST_REPEATS,
    async check() {
      const expectations = await expect()
      const end = await begin?.()
      const results = await call(sets[0]!, 0)
      end?.()
      return checkResults(results, expectations, subject.elements, signal)
    },
    async time(repeats) {
      const end = await begin?.()
      const start = performance.now()
      for (let i = 0; i < repeats; i++) {
        const turn = rotation.next()
        await call(inTurn(sets, turn), turn)
      }
      const elapsed = performance.now() - start
      end?.()
      return elapsed
    },
  }
}

/** Calls of a dispatcher. They fail where another processor than the row's has answered. */
export function dispatcherCandidate(
  subject: Subject,
  computation: Computation,
  dispatcher: Dispatcher,
  memory: CpuMemory,
  expect: () => Promise<readonly Expectation[]>,
  workload: Workload,
): Candidate {
  if (subject.output === 'in place') return inPlaceCandidate(subject, computation, dispatcher, memory, expect, workload)
  const begin = async () => {
    const { fallbacks } = dispatcher.report
    return () => {
      // After a fallback the results are right, but not those of the row's processor.
      const { report } = dispatcher
      if (report.processor !== subject.processor || report.fallbacks > fallbacks) throw new Error(report.reason)
    }
  }
  const call: Calls['call'] =
    subject.output === 'out'
      ? (data, turn) => computation.call(dispatcher, data, inTurn(memory.results, turn))
      : data => computation.call(dispatcher, data)
  return callCandidate(subject, { begin, call }, expect, workload)
}

/** Calls of a dispatcher with arrays of its own memory, in place. */
function inPlaceCandidate(
  subject: Subject,
  computation: Computation,
  dispatcher: Dispatcher,
  memory: CpuMemory,
  expect: () => Promise<readonly Expectation[]>,
  { signal }: Workload,
): Candidate {
  const placesOf = () => memory.places.map(place => ({ place, out: computation.inPlace(place) }))
  return {
    subject,
    mostRepeats: MOST_REPEATS,
    async check() {
      const expectations = await expect()
      memory.fill()
      const { place, out } = placesOf()[0]!
      const results = await computation.call(dispatcher, place, out)
      return checkResults(results, expectations, subject.elements, signal)
    },
    async time(repeats) {
      const places = placesOf()
      const most = MOST_TIMES_IN_PLACE * places.length
      let elapsed = 0
      for (let done = 0; done < repeats; done += most) {
        memory.fill()
        const start = performance.now()
        for (let i = 0; i < Math.min(most, repeats - done); i++) {
          const { place, out } = inTurn(places, i)
          await computation.call(dispatcher, place, out)
        }
        elapsed += performance.now() - start
      }
      return elapsed
    },
  }
}
