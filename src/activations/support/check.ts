import { InputError, shorten, show } from '../../support/errors.ts'
import { Activation, asCall, COPY, MADE_BY, type Parameters } from './activation.ts'
import { type AnyActivation, isGlu } from './glu-activation.ts'

/** Returns true if this module made the value, an activation or a GLU. No other WGSL may reach a GPU. */
export function isActivation(value: unknown): value is AnyActivation {
  return Activation.is(value) || isGlu(value)
}

/** Checks that this module made the activation. @throws InputError that names the kind of any other value, and a fix */
export function checkActivation(value: unknown): asserts value is AnyActivation {
  if (isActivation(value)) return
  const [what, fix] = stranger(value)
  throw new InputError('invalid-argument', `The activation is ${what}.`, fix)
}

const FIX = 'Give one made here, such as relu().'
const NAME = /^[a-z]\w{0,40}$/

type Stranger = readonly [what: string, fix: string]

function stranger(value: unknown): Stranger {
  if (typeof value === 'string' && NAME.test(value)) {
    return [`${show(value)}, a name`, `Give what its function makes: ${value}().`]
  }
  try {
    if (typeof value === 'function' && NAME.test(value.name)) {
      return [`the function ${value.name} itself`, `Call it: ${value.name}().`]
    }
    if (typeof value === 'object' && value !== null) return likeOurs(value) ?? [show(value), FIX]
  } catch {
    // A getter or a proxy trap threw, so nothing more is known of the value.
  }
  return [show(value), FIX]
}

/** Describes an object with a name and parameters like those of an activation. Both serve the message only. */
function likeOurs(value: object): Stranger | undefined {
  const {
    name,
    parameters,
    [MADE_BY]: copy,
  } = value as Partial<Activation> & { readonly [MADE_BY]?: { readonly version: unknown } }
  const isDescribed = Object.prototype.toString.call(parameters) === '[object Object]'
  if (typeof name !== 'string' || !NAME.test(name) || !isDescribed) return
  const call = shorten(asCall(name, decimals(parameters!)))
  if (copy === COPY) {
    return [`a Proxy of ${call}, or another object made from it`, `Give the activation itself, or call ${call}.`]
  }
  if (copy !== undefined) {
    const [theirs, ours] = [shorten(String(copy.version)), COPY.version]
    const versions = theirs === ours ? `both of version ${ours}` : `that of version ${theirs}, this of ${ours}`
    const fix = 'Load the module once, or make activations with the copy that computes them.'
    return [`${call} of another copy of this module (${versions})`, fix]
  }
  return [`a copy of ${call}`, `Call ${call}.`]
}

/** Rounds numbers to the fewest digits that give the same float32, as the caller wrote them. */
function decimals(parameters: Parameters): Parameters {
  const shortest = (value: number): number => {
    const digits = [1, 2, 3, 4, 5, 6, 7, 8].find(count => Math.fround(Number(value.toPrecision(count))) === value)
    return digits === undefined ? value : Number(value.toPrecision(digits))
  }
  const entries = Object.entries(parameters).slice(0, 8)
  return Object.fromEntries(entries.map(([key, value]) => [key, typeof value === 'number' ? shortest(value) : value]))
}
