import fc from 'fast-check'
import { Recipe, throwing, type Verdict } from './recipe.ts'
import { anything, hostileProxy } from './values.ts'

type Values = Readonly<Record<string, unknown>>
type Dress = (values: Values) => unknown

/** How an object has its properties. */
export type Shape = Recipe<Dress>

const shape = (name: string, verdict: Verdict, dress: Dress): Shape => new Recipe(name, verdict, () => dress)

function byGetters(values: Values, get: (name: string) => unknown, target: object = {}): object {
  for (const name of Object.keys(values)) {
    Object.defineProperty(target, name, { enumerable: true, configurable: true, get: () => get(name) })
  }
  return target
}

/** What is there at the first look, and something else at every other. */
function changing(values: Values, other: unknown): object {
  const seen = new Set<string>()
  return byGetters(values, name => {
    if (seen.has(name)) return other
    seen.add(name)
    return values[name]
  })
}

/** As an instance has them of its class. */
function instance(values: Values): object {
  return Object.create(byGetters(values, name => values[name])) as object
}

function throwingAt(values: Values): object {
  const [first = 'signal'] = Object.keys(values)
  return Object.defineProperty({ ...values }, first, { enumerable: true, get: throwing(`the getter of ${first}`) })
}

/** What is asked for is there, at every look. */
export const steadyShape: fc.Arbitrary<Shape> = fc.constantFrom(
  shape('plain', 'right', values => ({ ...values })),
  shape('frozen', 'right', values => Object.freeze({ ...values })),
  shape('without a prototype', 'right', values => Object.assign(Object.create(null) as object, values)),
  shape('by getters', 'right', values => byGetters(values, name => values[name])),
  shape('a proxy', 'right', values => new Proxy({ ...values }, {})),
)

/** What is asked for is there, at the first look at least. */
export const faithfulShape: fc.Arbitrary<Shape> = fc.oneof(
  steadyShape,
  anything.map(other => shape(`changing to ${other.name}`, 'right', values => changing(values, other.make()))),
)

/** By getters of its class: found where names are asked for, not where properties are listed. */
export const inheriting: Shape = shape('an instance', 'right', instance)

/** An object that has to be refused, whatever its properties. */
export const brokenShape: fc.Arbitrary<Shape> = fc.constantFrom(
  shape('with a getter that throws', 'refused', throwingAt),
  shape('a proxy that throws', 'refused', values => hostileProxy({ ...values })),
  shape('a revoked proxy', 'refused', values => {
    const { proxy, revoke } = Proxy.revocable({ ...values }, {})
    revoke()
    return proxy
  }),
  shape('a proxy whose keys throw', 'refused', values => new Proxy({ ...values }, { ownKeys: throwing('ownKeys') })),
  shape('with an unknown name', 'refused', values => ({ ...values, unknown: 1 })),
  shape('with the key __proto__', 'refused', values => ({ ...values, ['__proto__']: 1 })),
)
