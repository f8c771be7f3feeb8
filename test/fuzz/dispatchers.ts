import fc from 'fast-check'
import { createDispatcher, type Dispatcher, type DispatcherOptions, leakyRelu } from '../../src/index.ts'
import { toBits } from '../support/float32.ts'
import { leakyReluForward } from '../support/truth.ts'
import { brokenShape, faithfulShape, inheriting, type Shape } from './objects.ts'
import { judge, type Outcome } from './outcome.ts'
import { Recipe, throwing, together } from './recipe.ts'
import { anySignal, brokenSignal, type MadeSignal } from './signals.ts'
import { anyNumber, anything, oneIn } from './values.ts'

// createDispatcher, and what a dispatcher does beside computing.

const right = (value: unknown): Recipe => new Recipe(String(value), 'right', () => value)
const number = (isTaken: (value: number) => boolean): fc.Arbitrary<Recipe> =>
  anyNumber.map(value => new Recipe(String(value), isTaken(value) ? 'right' : 'refused', () => value))

const storages: readonly Recipe[] = [
  new Recipe('a storage', 'right', () => ({ getItem: () => null, setItem: () => {} })),
  new Recipe('a storage that throws', 'right', () => ({ getItem: throwing('getItem'), setItem: throwing('setItem') })),
  new Recipe('a storage of nonsense', 'right', () => ({ getItem: () => '{"a": ', setItem: () => {} })),
  new Recipe('half a storage', 'refused', () => ({ getItem: () => null })),
  new Recipe('a storage whose getter throws', 'refused', () => ({
    get getItem() {
      return throwing('getItem')()
    },
  })),
]

const notBoolean = anything.filter(odd => !['boolean', 'number'].includes(typeof odd.make()))
const flag = fc.oneof({ weight: 4, arbitrary: fc.boolean().map(right) }, { weight: 1, arbitrary: notBoolean })
const word = (...words: readonly string[]): fc.Arbitrary<Recipe> =>
  fc.oneof({ weight: 6, arbitrary: fc.constantFrom(...words).map(right) }, { weight: 1, arbitrary: anything })

const options: Readonly<Record<string, fc.Arbitrary<Recipe>>> = {
  crossCheck: word('sample', 'full', 'off'),
  onMismatch: word('fallback', 'throw'),
  tune: flag,
  selfTest: flag,
  worker: fc.oneof(
    flag,
    number(value => Number.isInteger(value) && value >= 1 && value <= 16),
  ),
  seed: number(Number.isSafeInteger),
  // One that is short may end what it limits.
  timeLimit: number(value => value > 0).map(({ name, verdict, make }) => {
    return new Recipe(name, verdict === 'right' && (make() as number) < 1000 ? 'either' : verdict, make)
  }),
  storage: fc.oneof({ weight: 4, arbitrary: fc.constantFrom(...storages) }, { weight: 1, arbitrary: anything }),
}

interface CreationCase {
  readonly processor: Recipe
  readonly given: Readonly<Record<string, Recipe | undefined>>
  readonly device: Recipe | undefined
  readonly signal: Recipe<MadeSignal>
  readonly brokenSignal: Recipe | undefined
  readonly shape: Shape
  readonly odd: Recipe | undefined
}

const devices: readonly Recipe[] = [
  new Recipe('an empty device', 'refused', () => ({})),
  new Recipe('a device whose getter throws', 'refused', () => ({
    createComputePipeline: () => {},
    get queue() {
      return throwing('queue')()
    },
  })),
  new Recipe('a device that does nothing', 'either', () => ({
    createComputePipeline: () => {},
    queue: { submit: () => {} },
    limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 },
    lost: new Promise(() => {}),
  })),
  new Recipe('a device that throws', 'either', () => ({
    createComputePipeline: throwing('createComputePipeline'),
    queue: { submit: throwing('submit') },
    limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 },
    lost: new Promise(() => {}),
    createBuffer: throwing('createBuffer'),
    pushErrorScope: throwing('pushErrorScope'),
  })),
  new Recipe('a device whose loss throws', 'either', () => ({
    createComputePipeline: () => {},
    queue: { submit: () => {} },
    limits: { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 },
    // oxlint-disable-next-line unicorn/no-thenable -- as a promise is
    lost: { then: throwing('then') },
  })),
]

export const creationCases: fc.Arbitrary<CreationCase> = fc.record({
  processor: fc.oneof(
    { weight: 12, arbitrary: fc.constant(right('cpu')) },
    {
      weight: 1,
      arbitrary: fc.constantFrom(...['auto', 'webgpu'].map(name => new Recipe(name, 'either', () => name))),
    },
    { weight: 1, arbitrary: anything },
  ),
  given: fc.record(Object.fromEntries(Object.entries(options).map(([name, values]) => [name, oneIn(4, values)]))),
  device: oneIn(12, fc.oneof(fc.constantFrom(...devices), anything)),
  signal: anySignal,
  brokenSignal: oneIn(15, fc.oneof(brokenSignal, anything)),
  shape: fc.oneof(
    { weight: 8, arbitrary: faithfulShape },
    { weight: 1, arbitrary: fc.constant(inheriting) },
    { weight: 1, arbitrary: brokenShape },
  ),
  odd: oneIn(20, anything),
})

const x = Float32Array.of(-2, -0, 3, NaN, -Infinity)

/** Expects a dispatcher to compute. */
async function expectAlive(dispatcher: Dispatcher): Promise<void> {
  const y = await dispatcher.forward(leakyRelu({ alpha: 0.5 }), x)
  const expected = leakyReluForward(0.5, x)
  if (toBits(y).some((bits, i) => bits !== toBits(expected)[i])) throw new Error(`it gives ${y.join()}`)
}

/** Creates the dispatcher of a case, and expects it to compute. */
export async function create(creation: CreationCase): Promise<Outcome> {
  const { processor, given, device, signal, brokenSignal: badSignal, shape, odd } = creation
  const recipes = Object.entries({ processor, ...given, device }).filter(([, recipe]) => recipe !== undefined)
  const values: Record<string, unknown> = Object.fromEntries(recipes.map(([name, recipe]) => [name, recipe!.make()]))
  const made = signal.make()
  if (badSignal !== undefined) values['signal'] = badSignal.make()
  else if (made.signal !== undefined) values['signal'] = made.signal
  const isAborted = badSignal === undefined && signal.verdict === 'either'
  const verdicts = [...recipes.map(([, recipe]) => recipe!.verdict), shape.verdict, badSignal?.verdict ?? 'right']
  const verdict = together(odd === undefined ? verdicts : ['either'])
  return judge(
    {
      verdict: isAborted && odd === undefined ? 'refused' : verdict,
      ...(isAborted && verdict === 'right' && { codes: [] }),
      throws: true,
      signal: made.signal as AbortSignal | undefined,
    },
    () => createDispatcher((odd === undefined ? shape.make()(values) : odd.make()) as DispatcherOptions),
    async dispatcher => {
      try {
        await expectAlive(dispatcher)
        JSON.stringify(dispatcher.report)
      } finally {
        dispatcher.destroy()
      }
    },
  )
}

/** One thing that is done with a dispatcher. */
type Step =
  | { readonly do: 'allocate'; readonly length: Recipe }
  | { readonly do: 'listen'; readonly type: Recipe; readonly listener: Recipe; readonly options: Recipe | undefined }
  | { readonly do: 'compute' }
  | { readonly do: 'report' }
  | { readonly do: 'destroy' }

// Between what is cheap and what no machine has.
const length: fc.Arbitrary<Recipe> = fc.oneof(
  { weight: 3, arbitrary: fc.nat({ max: 5000 }).map(right) },
  {
    weight: 1,
    arbitrary: fc.constantFrom(2 ** 45, 2 ** 53 - 1).map(value => new Recipe(`${value}`, 'refused', () => value)),
  },
  {
    weight: 1,
    arbitrary: fc
      .constantFrom(-1, 0.5, NaN, Infinity, 2 ** 53)
      .map(value => new Recipe(`${value}`, 'refused', () => value)),
  },
  { weight: 1, arbitrary: anything.filter(odd => typeof odd.make() !== 'number') },
)

// Node shows what it refuses, and takes minutes over a long bigint.
const quick = anything.filter(odd => typeof odd.make() !== 'bigint')
const listener = fc.oneof(
  fc.constant(new Recipe('a listener', 'right', () => () => {})),
  fc.constant(new Recipe('an object that listens', 'right', () => ({ handleEvent: () => {} }))),
  quick,
)

export const lifeCases: fc.Arbitrary<readonly Step[]> = fc.array(
  fc.oneof<fc.Arbitrary<Step>[]>(
    fc.record({ do: fc.constant('allocate' as const), length }),
    fc.record({
      do: fc.constant('listen' as const),
      type: fc.oneof(fc.constantFrom('mismatch', 'fallback', 'devicelost').map(right), quick),
      listener,
      options: oneIn(2, quick),
    }),
    fc.record({ do: fc.constantFrom('compute' as const, 'compute' as const, 'report' as const) }),
    fc.record({ do: fc.constantFrom('destroy' as const, 'compute' as const, 'report' as const) }),
  ),
  { minLength: 1, maxLength: 6 },
)

/** Lives the life of a case. */
export async function live(dispatcher: Dispatcher, steps: readonly Step[]): Promise<Outcome> {
  const outcomes: Outcome[] = []
  let isDestroyed = false
  const codes = (): { readonly codes?: readonly string[] } => (isDestroyed ? { codes: ['destroyed'] } : {})
  for (const step of steps) {
    if (step.do === 'destroy') {
      dispatcher.destroy()
      isDestroyed = true
    } else if (step.do === 'report') {
      if (typeof JSON.stringify(dispatcher.report) !== 'string') throw new Error('no report')
    } else if (step.do === 'listen') {
      outcomes.push(listenAlike(dispatcher, step))
    } else if (step.do === 'compute') {
      const verdict = isDestroyed ? 'refused' : 'right'
      outcomes.push(
        await judge(
          { verdict, ...codes() },
          () => expectAlive(dispatcher),
          () => {},
        ),
      )
    } else {
      const verdict = isDestroyed ? 'refused' : step.length.verdict
      const value = step.length.make() as number
      const allocate = (): Float32Array => dispatcher.allocate(value)
      outcomes.push(
        await judge({ verdict, ...codes() }, allocate, array => {
          if (array.length !== value || array.some(element => element !== 0)) throw new Error('not so many zeros')
        }),
      )
    }
  }
  dispatcher.destroy()
  return outcomes.includes('refused') ? 'refused' : 'right'
}

/** Listeners are the platform's: they are taken and refused as by any EventTarget. */
function listenAlike(dispatcher: Dispatcher, { type, listener, options }: Extract<Step, { do: 'listen' }>): Outcome {
  const attempt = (target: EventTarget): string => {
    try {
      target.addEventListener(type.make() as string, listener.make() as () => void, options?.make() as object)
      return 'taken'
    } catch (error) {
      return String((error as Error | undefined)?.name)
    }
  }
  const [ours, theirs] = [attempt(dispatcher), attempt(new EventTarget())]
  if (ours !== theirs) throw new Error(`a listener is ${ours}, and by an EventTarget ${theirs}`)
  return ours === 'taken' ? 'right' : 'refused'
}
