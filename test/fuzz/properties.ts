import fc from 'fast-check'
import type { Dispatcher } from '../../src/index.ts'
import { makerNames } from '../support/maker-names.ts'
import { alphaCases, sumUp } from './alpha.ts'
import { mischief, type Words } from './arrays.ts'
import { type CallCase, callCases } from './call.ts'
import { create, creationCases, lifeCases, live } from './dispatchers.ts'
import { dispatch } from './dispatching.ts'
import { make, makerCases, wgslCases, write } from './makers.ts'
import type { Outcome } from './outcome.ts'

/** Something that holds of every case. */
export interface Property<Case = never> {
  readonly name: string
  /** Of so many cases in all, how many are of this one: its part. */
  readonly weight: number
  readonly cases: fc.Arbitrary<Case>
  readonly run: (one: Case) => Promise<Outcome>
}

/** Keeps the type of a property's cases to itself. */
export function property<Case>(
  name: string,
  weight: number,
  cases: fc.Arbitrary<Case>,
  run: (one: Case) => Promise<Outcome>,
): Property {
  return { name, weight, cases, run } as unknown as Property
}

/** Arrays of another realm, where there is one. */
export type Foreign = Readonly<Record<string, (words: Words) => Words>>

/** What needs no device: the makers, the formulas, the dispatcher itself and its calls on the CPU. */
export function cpuProperties(
  dispatchers: Readonly<Record<string, Dispatcher>>,
  foreign: Foreign,
  createOne: () => Promise<Dispatcher>,
): Property[] {
  return [
    property('makers of activations', 3, makerCases, make),
    property('wgsl', 1, wgslCases, one => write(one)),
    property('createDispatcher', 1, creationCases, create),
    property('the life of a dispatcher', 1, lifeCases, async steps => live(await createOne(), steps)),
    ...Object.entries(dispatchers).flatMap(([name, dispatcher]) => callProperties(name, dispatcher, foreign)),
  ]
}

/** Calls of one dispatcher. */
export function callProperties(
  name: string,
  dispatcher: Dispatcher,
  foreign: Foreign = {},
  names = makerNames,
): Property[] {
  return [
    property(`forward and backward, ${name}`, 6, callCases(names, foreign), one => dispatch(dispatcher, one)),
    property(`backwardAlpha, ${name}`, 1, alphaCases, one => sumUp(dispatcher, one)),
  ]
}

/** When something is done while a call is under way: after so many turns of the event loop. */
const moment = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 4 }))

/** Calls that are aborted, and whose arrays are detached or resized, while they are under way. */
export function pendingProperty(name: string, dispatcher: Dispatcher, names = makerNames): Property {
  const cases = fc.record({ call: callCases(names), mischief, moment, aborts: fc.boolean(), first: fc.boolean() })
  return property(
    `${name}: arrays change under way`,
    2,
    cases,
    ({ call, mischief: { make: made }, moment: turns, aborts, first }) =>
      dispatch(dispatcher, call, {
        async act(arrays, abort) {
          for (let turn = 0; turn < turns; turn++) await new Promise(resolve => setTimeout(resolve))
          const array = first ? arrays[0] : arrays.at(-1)
          if (aborts) abort()
          else if (array !== undefined) made()(array)
        },
      }),
  )
}

// As many as a worker takes.
const LONG = 2 ** 17

/** Long calls, which a worker computes, and the same while they are under way. */
export function workerProperty(dispatcher: Dispatcher): Property {
  const { cases, run } = pendingProperty('in a worker', dispatcher, ['relu', 'leakyRelu', 'swiglu', 'tanh'])
  const long = (cases as fc.Arbitrary<{ readonly call: CallCase }>).map(one => {
    return { ...one, call: { ...one.call, length: LONG + one.call.length } }
  })
  return property('in a worker: arrays change under way', 0.05, long, run as (one: unknown) => Promise<Outcome>)
}
