import { afterEach, expect, inject, test } from 'vitest'
import { createDispatcher, createKernels, prelu, relu } from '../../src/index.ts'
import { ownDevice } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit } from '../support/gpu.ts'
import { reluForward } from '../support/truth.ts'

// A GPU in an engine that lacks what others have.

const before = new Map<string, PropertyDescriptor>()

/** Takes globals away, until the test ends. */
function remove(names: readonly string[]): void {
  for (const name of names) {
    const descriptor = Object.getOwnPropertyDescriptor(globalThis, name)
    if (descriptor === undefined) continue
    before.set(name, descriptor)
    Object.defineProperty(globalThis, name, { configurable: true, writable: true, value: undefined })
  }
}

afterEach(() => {
  for (const [name, descriptor] of before) Object.defineProperty(globalThis, name, descriptor)
  before.clear()
})

const others = ['FinalizationRegistry', 'AbortController', 'AbortSignal', 'setTimeout', 'clearTimeout', 'performance']
// The npm package `webgpu` (0.6.2) needs weak references itself.
const every = inject('lane') === 'browser' ? ['WeakRef', ...others] : others

test.each([['setTimeout', 'clearTimeout'], ['AbortController', 'AbortSignal'], every])(
  'computes without %s %s',
  async (...names) => {
    const device = await ownDevice()
    remove(names)
    const dispatcher = await createDispatcher({ processor: 'webgpu', device, selfTest: false })
    const x = scrambledBits(1000, 1)
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    await dispatcher.backwardAlpha(prelu({ alpha: [1, 2] }), x, x)
    expect(dispatcher.report).toMatchObject({
      fallbacks: 0,
      deviceLosses: 0,
      reason: expect.stringMatching(/webgpu/) as string,
    })
    for (const name of names) {
      if (name !== 'AbortController') expect(dispatcher.report.missing.join()).toContain(`There is no ${name}:`)
    }
    // It is asked whether it is lost, for as long as there are timers.
    Object.defineProperty(device, 'createCommandEncoder', { configurable: true, value: undefined })
    expectSameBits(await dispatcher.forward(relu(), x), reluForward(x), { x })
    expect(dispatcher.report).toMatchObject({ fallbacks: 1, deviceLosses: 0 })
    Reflect.deleteProperty(device, 'createCommandEncoder')
    const kernels = createKernels(device)
    await kernels.prepare([relu()])
    await inScopes(device, async use => {
      const [input, output] = [x, new Float32Array(1000)].map(array => use(new GuardedBuffer(device, array)))
      submit(device, pass => kernels.forward(pass, relu(), { x: input!.binding, y: output!.binding }))
      expectSameBits(await output!.read(), reluForward(x), { x })
    })
    const late = dispatcher.forward(relu(), x)
    dispatcher.destroy()
    await expect(late).rejects.toMatchObject({ code: 'destroyed' })
  },
)

test('Float16Array: one of another realm is refused', async () => {
  const { Float16Array } = globalThis as { Float16Array?: new (length: number) => object }
  const halves = Float16Array === undefined ? { [Symbol.toStringTag]: 'Float16Array', length: 2 } : new Float16Array(2)
  remove(['Float16Array'])
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  const call = dispatcher.forward(relu(), halves as unknown as Float32Array)
  await expect(call).rejects.toMatchObject({ name: 'InputError', code: 'invalid-array' })
})
