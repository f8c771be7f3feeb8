import fc from 'fast-check'
import { frozenTargetsHear } from '../support/event-target.ts'
import { Recipe, throwing } from './recipe.ts'

/** What a call is given for its signal, and what ends when the call has. */
export interface MadeSignal {
  readonly signal: unknown
  /** Aborts it now, where it can be. */
  readonly abort: () => void
}

const reasons: Readonly<Record<string, () => unknown>> = {
  'no reason': () => undefined,
  'an error': () => new Error('the caller aborted'),
  'a symbol': () => Symbol('reason'),
  null: () => null,
  'a revoked proxy'() {
    const { proxy, revoke } = Proxy.revocable({}, {})
    revoke()
    return proxy
  },
}

const reason = fc.constantFrom(...Object.entries(reasons))
const none = new Recipe<MadeSignal>('none', 'right', () => ({ signal: undefined, abort: () => {} }))

const live = reason.map(
  ([name, make]) =>
    new Recipe<MadeSignal>(`a signal, to be aborted with ${name}`, 'right', () => {
      const controller = new AbortController()
      return { signal: controller.signal, abort: () => controller.abort(make()) }
    }),
)

const aborted = reason.map(
  ([name, make]) =>
    new Recipe<MadeSignal>(`a signal that was aborted with ${name}`, 'either', () => {
      const controller = new AbortController()
      controller.abort(make())
      return { signal: controller.signal, abort: () => {} }
    }),
)

const combined = new Recipe<MadeSignal>('the signal of several', 'right', () => {
  const controller = new AbortController()
  const { any } = AbortSignal as { any?: (signals: AbortSignal[]) => AbortSignal }
  const signal = any?.call(AbortSignal, [controller.signal]) ?? controller.signal
  return { signal, abort: () => controller.abort() }
})

const frozenSignal = new Recipe<MadeSignal>('a frozen signal', 'right', () => {
  const controller = new AbortController()
  return { signal: Object.freeze(controller.signal), abort: () => controller.abort() }
})

const frozen = frozenTargetsHear ? [fc.constant(frozenSignal)] : []

/** A signal of the platform. */
export const anySignal: fc.Arbitrary<Recipe<MadeSignal>> = fc.oneof(
  { weight: 10, arbitrary: fc.constant(none) },
  { weight: 3, arbitrary: fc.oneof(live, fc.constant(combined), ...frozen) },
  { weight: 2, arbitrary: aborted },
)

/** What is no signal, though it looks like one. */
export const brokenSignal: fc.Arbitrary<Recipe> = fc.constantFrom(
  // Node takes these two for signals.
  new Recipe('a proxy of a signal', 'either', () => new Proxy(new AbortController().signal, {})),
  new Recipe('an object that inherits from a signal', 'either', () => Object.create(new AbortController().signal)),
  ...(frozenTargetsHear
    ? []
    : [new Recipe('a frozen signal', 'refused', () => Object.freeze(new AbortController().signal))]),
  new Recipe('a controller', 'refused', () => new AbortController()),
  new Recipe('an event target', 'refused', () => new EventTarget()),
  new Recipe('a signal whose getter throws', 'either', () => {
    return Object.defineProperty(new AbortController().signal, 'aborted', { get: throwing('aborted') })
  }),
  new Recipe('a signal whose method throws', 'either', () => {
    return Object.assign(new AbortController().signal, { addEventListener: throwing('addEventListener') })
  }),
  new Recipe('methods that throw', 'either', () => ({
    aborted: false,
    addEventListener: throwing('addEventListener'),
    removeEventListener: throwing('removeEventListener'),
  })),
)
