import fc from 'fast-check'
import { Recipe, throwing } from './recipe.ts'

// Values that nothing here takes, or hardly anything.

function revoked(target: object): object {
  const { proxy, revoke } = Proxy.revocable(target, {})
  revoke()
  return proxy
}

/** An object every use of which throws. */
export function hostileProxy(target: object = {}): object {
  const trap = throwing('a proxy')
  return new Proxy(target, {
    get: trap,
    has: trap,
    ownKeys: trap,
    getPrototypeOf: trap,
    getOwnPropertyDescriptor: trap,
    defineProperty: trap,
    set: trap,
    deleteProperty: trap,
  })
}

function throwsWhenShown(): object {
  return {
    toString: throwing('toString'),
    valueOf: throwing('valueOf'),
    toJSON: throwing('toJSON'),
    [Symbol.toPrimitive]: throwing('toPrimitive'),
    get [Symbol.toStringTag](): string {
      return throwing('toStringTag')()
    },
  }
}

const made: Readonly<Record<string, () => unknown>> = {
  null: () => null,
  true: () => true,
  NaN: () => NaN,
  '-0': () => -0,
  '2^53': () => 2 ** 53,
  'a symbol': () => Symbol('odd'),
  'a bigint': () => 1n,
  // Its digits take seconds, and those of the longest that there is an hour.
  'a bigint of 2^25 bits': () => 1n << (1n << 25n),
  'a long string': () => 'long '.repeat(2 ** 20),
  'a string of another line': () => 'two\nlines',
  'a function': () => () => 1,
  'a function with a hostile name': () => Object.defineProperty(() => 1, 'name', { get: throwing('a name') }),
  'a class': () => Map,
  'an empty object': () => ({}),
  'an empty array': () => [],
  'an array without elements, as long as can be': () => Object.assign([], { length: 2 ** 32 - 1 }),
  'an object without a prototype': () => Object.create(null) as object,
  'a frozen object': () => Object.freeze({ odd: 1 }),
  'a date': () => new Date(NaN),
  'a promise': () => new Promise(() => {}),
  // oxlint-disable-next-line unicorn/no-thenable -- on purpose
  'a thenable that throws': () => Object.defineProperty({}, 'then', { get: throwing('then') }),
  'a map': () => new Map([[1, 2]]),
  'a weak reference': () => new WeakRef({}),
  'an error': () => new RangeError('odd'),
  'a revoked proxy': () => revoked({}),
  'a revoked proxy of an array': () => revoked([]),
  'a revoked proxy of a function': () => revoked(() => 1),
  'a proxy that throws': () => hostileProxy(),
  'a proxy of an array that throws': () => hostileProxy([]),
  'an object that cannot be shown': throwsWhenShown,
  'an ArrayBuffer': () => new ArrayBuffer(16),
  'an iterator without an end': () => ({ [Symbol.iterator]: () => ({ next: () => ({ value: 1, done: false }) }) }),
}

const named = Object.entries(made).map(([name, make]) => new Recipe(name, 'refused', make))

/** Something, most likely hostile. Never undefined, which stands for what is left out. */
export const anything: fc.Arbitrary<Recipe> = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom(...named) },
  {
    weight: 1,
    arbitrary: fc
      .anything({ maxDepth: 1, maxKeys: 3, withBigInt: true, withNullPrototype: true, withSparseArray: true })
      .filter(value => value !== undefined)
      .map(value => new Recipe(fc.stringify(value), 'refused', () => value)),
  },
)

/** Numbers of all sizes: what is special, ordinary, and any float64. */
export const anyNumber: fc.Arbitrary<number> = fc.oneof(
  fc.constantFrom(
    0,
    -0,
    1,
    -1,
    0.5,
    2 ** -149,
    2 ** -126,
    -(2 ** -127),
    2 ** 24,
    2 ** 31,
    2 ** 32,
    1e39,
    -1e300,
    5e-324,
  ),
  fc.constantFrom(NaN, Infinity, -Infinity),
  fc.float({ min: -100, max: 100, noNaN: true }),
  fc.float(),
  fc.double(),
)

/** Something in one case of so many, else undefined. */
export function oneIn<Value>(cases: number, arbitrary: fc.Arbitrary<Value>): fc.Arbitrary<Value | undefined> {
  return fc.oneof({ weight: cases - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary })
}
