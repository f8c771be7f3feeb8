import { describe, expect, test, vi } from 'vitest'
import { createDispatcher, type Dispatcher, gelu, prelu, relu, swiglu } from '../../../src/index.ts'
import { frozenTargetsHear } from '../../support/event-target.ts'

// oxlint-disable typescript/unbound-method -- that is what is tested
// Methods that have lost their dispatcher, and what wraps one: state libraries, mocks, calls from afar.

const x = Float32Array.of(-1, 2)

/** A membrane, as libraries of state build one: what comes out of it is wrapped too. */
function membrane<Target extends object>(target: Target): Target {
  return new Proxy(target, {
    get(inner, key, receiver) {
      const value: unknown = Reflect.get(inner, key, receiver)
      return typeof value === 'function'
        ? (...given: unknown[]) => Reflect.apply(value, receiver, given) as unknown
        : value
    },
  })
}

const wraps: readonly (readonly [string, (dispatcher: Dispatcher) => Dispatcher])[] = [
  ['itself', dispatcher => dispatcher],
  ['a proxy', dispatcher => new Proxy(dispatcher, {})],
  ['a proxy of a proxy', dispatcher => new Proxy(new Proxy(dispatcher, {}), {})],
  ['a membrane', membrane],
  ['an object that inherits', dispatcher => Object.create(dispatcher) as Dispatcher],
  ['a copy', dispatcher => ({ ...dispatcher })],
  ['a frozen one', dispatcher => Object.freeze(frozenTargetsHear ? dispatcher : listenedTo(dispatcher))],
]

/** One that had a listener already. */
function listenedTo(dispatcher: Dispatcher): Dispatcher {
  dispatcher.addEventListener('fallback', () => {})
  return dispatcher
}

describe.each(wraps)('%s', (name, wrap) => {
  test('computes', async () => {
    const dispatcher = wrap(await createDispatcher({ processor: 'cpu' }))
    expect(await dispatcher.forward(relu(), x)).toEqual(Float32Array.of(0, 2))
    expect(await dispatcher.backward(relu(), x, x)).toEqual(Float32Array.of(0, 2))
    expect(await dispatcher.backwardAlpha(prelu(), x, x)).toEqual(Float32Array.of(1))
    expect((await dispatcher.backward(swiglu(), x, x, x)).dUp.length).toBe(2)
    expect([...dispatcher.allocate(1)]).toEqual([0])
    expect(dispatcher.report).toMatchObject({ processor: 'cpu', fallbacks: 0 })
    await expect(dispatcher.forward(relu(), [1] as unknown as Float32Array)).rejects.toMatchObject({
      code: 'invalid-array',
    })
    dispatcher.destroy()
    await expect(dispatcher.forward(relu(), x)).rejects.toMatchObject({ code: 'destroyed' })
    expect(() => dispatcher.allocate(1)).toThrow(expect.objectContaining({ code: 'destroyed' }))
  })

  test('hears and tells', async () => {
    const real = await createDispatcher({ processor: 'cpu' })
    const dispatcher = wrap(real)
    const heard: Event[] = []
    const listener = (event: Event): void => void heard.push(event)
    dispatcher.addEventListener('fallback', listener)
    const event = new Event('fallback')
    expect(dispatcher.dispatchEvent(event)).toBe(true)
    expect(real.dispatchEvent(new Event('fallback'))).toBe(true)
    dispatcher.removeEventListener('fallback', listener)
    real.dispatchEvent(new Event('fallback'))
    expect(heard.length).toBe(2)
    expect(event.target).toBe(real)
    expect(dispatcher instanceof EventTarget).toBe(name !== 'a copy')
  })
})

test('methods by themselves', async () => {
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  const { forward, backward, backwardAlpha, allocate, destroy, addEventListener, removeEventListener, dispatchEvent } =
    dispatcher
  expect(
    await [x, x].reduce(async (sum, array) => (await sum) + (await forward(relu(), array))[1]!, Promise.resolve(0)),
  ).toBe(4)
  const call = (method: unknown, ...given: unknown[]): unknown =>
    Reflect.apply(method as () => unknown, undefined, given)
  expect(await call(forward, relu(), x)).toEqual(Float32Array.of(0, 2))
  expect(await call(backward, relu(), x, x)).toEqual(Float32Array.of(0, 2))
  expect(await call(backwardAlpha, prelu(), x, x)).toEqual(Float32Array.of(1))
  expect(allocate(3).length).toBe(3)
  const listener = vi.fn()
  addEventListener('mismatch', listener, { once: true })
  for (let times = 0; times < 2; times++) dispatchEvent(new Event('mismatch'))
  expect(listener).toHaveBeenCalledOnce()
  addEventListener('mismatch', listener)
  removeEventListener('mismatch', listener)
  dispatchEvent(new Event('mismatch'))
  expect(listener).toHaveBeenCalledOnce()
  destroy()
  await expect(forward(relu(), x)).rejects.toMatchObject({ code: 'destroyed' })
})

test('a mock takes the place of a method', async () => {
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  const forward = vi.spyOn(dispatcher, 'forward').mockResolvedValue(Float32Array.of(7))
  expect(await dispatcher.forward(relu(), x)).toEqual(Float32Array.of(7))
  forward.mockRestore()
  expect(await dispatcher.forward(relu(), x)).toEqual(Float32Array.of(0, 2))
  const report = vi.spyOn(dispatcher, 'report', 'get').mockReturnValue({ ...dispatcher.report, fallbacks: 9 })
  expect(dispatcher.report.fallbacks).toBe(9)
  report.mockRestore()
  expect(dispatcher.report.fallbacks).toBe(0)
})

test('the platform knows it for an EventTarget; it does not clone it', async () => {
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  const listener = vi.fn()
  EventTarget.prototype.addEventListener.call(dispatcher, 'mismatch', listener)
  dispatcher.dispatchEvent(new Event('mismatch'))
  expect(listener).toHaveBeenCalledOnce()
  expect(() => structuredClone(dispatcher)).toThrow(expect.objectContaining({ name: 'DataCloneError' }))
})

test('what an activation says of itself, by itself', () => {
  for (const activation of [gelu(), swiglu()]) {
    const { toString, toJSON } = activation
    expect([toString(), toString.call(null)]).toEqual([String(activation), String(activation)])
    expect(toJSON()).toEqual({ name: activation.name, parameters: activation.parameters })
    const proxy = new Proxy(activation, {})
    expect([`${proxy}`, JSON.stringify(proxy)]).toEqual([`${activation}`, JSON.stringify(activation)])
  }
})
