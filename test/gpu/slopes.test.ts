import { describe, expect, test } from 'vitest'
import { createKernels, prelu } from '../../src/index.ts'
import { dispatcherWith, ownDevice } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, submit, testDevice } from '../support/gpu.ts'
import { preluForward, slopesFor } from '../support/prelu.ts'

// A tensor has whole periods of slopes: of the caller's. What the library computes of it by the piece need not.

describe('kernels', () => {
  test.each([
    ['f32', 10],
    ['f16', 10],
  ] as const)('refuse what is no whole periods of slopes: %s', async (format, elements) => {
    const device = await testDevice()
    const kernels = createKernels(device)
    const activation = prelu({ alpha: [1, 2, 3], inner: 1 })
    const message = /^(x|y|dy) has 10 elements, and prelu's 3 slopes of inner 1 fit multiples of 3\./
    const refusal = expect.objectContaining({
      name: 'InputError',
      code: 'length-mismatch',
      message: expect.stringMatching(message),
    })
    await inScopes(device, async use => {
      const [a, b, c, bits] = [1, 2, 3, 4].map(() => {
        const { binding } = use(new GuardedBuffer(device, new Float32Array(12)))
        return { ...binding, size: elements * (format === 'f32' ? 4 : 2) }
      })
      const mask = { ...bits!, size: 4 }
      submit(device, pass => {
        // Refused each time, and remembered as neither.
        for (let times = 0; times < 2; times++) {
          expect(() => kernels.forward(pass, activation, { x: a!, y: b!, format })).toThrow(refusal)
          expect(() => kernels.forward(pass, activation, { x: a!, y: a!, mask, format })).toThrow(refusal)
          expect(() => kernels.backward(pass, activation, { x: a!, dy: b!, dx: c!, format })).toThrow(refusal)
          expect(() => kernels.backward(pass, activation, { y: a!, dy: b!, dx: c!, format })).toThrow(refusal)
          expect(() => kernels.backward(pass, activation, { mask, dy: b!, dx: c!, format })).toThrow(refusal)
        }
        const whole = { ...a!, size: 12 }
        kernels.forward(pass, activation, { x: whole, y: { ...b!, size: 12 }, format })
        // One slope fits all.
        kernels.forward(pass, prelu({ alpha: [0.5], inner: 7 }), { x: a!, y: b!, format })
      })
      await device.queue.onSubmittedWorkDone()
    })
  })
})

test('a dispatcher refuses them too, and cuts tensors where it likes', async () => {
  // Chunks of 256 elements, and 21 slopes.
  const device = await ownDevice({ maxStorageBufferBindingSize: 1024, maxBufferSize: 1024 })
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full', selfTest: true })
  const slopes = { alpha: slopesFor(7), inner: 3 }
  await expect(dispatcher.forward(prelu(slopes), new Float32Array(256))).rejects.toMatchObject({
    code: 'length-mismatch',
  })
  const x = scrambledBits(21 * 50, 1)
  expectSameBits(await dispatcher.forward(prelu(slopes), x), preluForward(slopes, x), { x })
  await dispatcher.backwardAlpha(prelu(slopes), new Float32Array(21 * 50), x.fill(1))
  expect(dispatcher.report).toMatchObject({ fallbacks: 0, selfTests: { passed: 2, failed: 0 } })
})
