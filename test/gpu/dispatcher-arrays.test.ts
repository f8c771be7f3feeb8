import { describe, expect, test } from 'vitest'
import { relu } from '../../src/index.ts'
import { dispatcherWith } from '../support/dispatcher.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { reluForward } from '../support/truth.ts'

describe('arrays as they come', () => {
  const values = [1, -2, 3, -0, 5, -6, 7, 8, -9]
  const expected = reluForward(Float32Array.from(values))

  async function expectRight(x: Float32Array): Promise<void> {
    const { dispatcher, mismatches } = await dispatcherWith({ processor: 'webgpu' })
    expectSameBits(await dispatcher.forward(relu(), x), expected)
    expect(mismatches).toEqual([])
  }

  test('a subclass whose constructor has a meaning of its own', async () => {
    class Fixed extends Float32Array {
      constructor() {
        super(9)
        this.set(values)
      }
      override get length(): number {
        return 2
      }
      override get [Symbol.toStringTag](): never {
        return 'Tensor' as never
      }
      override subarray(): never {
        throw new Error('not to be called')
      }
    }
    await expectRight(new Fixed())
  })

  test('shared memory', async () => {
    // A page that is not cross-origin isolated has no SharedArrayBuffer by name.
    const x = new Float32Array(new WebAssembly.Memory({ shared: true, initial: 1, maximum: 1 }).buffer, 64, 9)
    x.set(values)
    await expectRight(x)
  })

  test('memory that can be resized', async () => {
    const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer
    const x = new Float32Array(new Resizable(36, { maxByteLength: 72 }))
    x.set(values)
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    expectSameBits(await dispatcher.forward(relu(), x), expected)
    expect(dispatcher.report.fallbacks).toBe(0)
  })
})

describe('an array that is transferred during its call is an error, not a result', () => {
  const moments: readonly [string, number, () => Promise<void> | undefined][] = [
    ['at once', 1000, () => undefined],
    ['at once, of several chunks', 40 * 2 ** 20, () => undefined],
    [
      'a few microtasks later',
      1000,
      async () => {
        for (let i = 0; i < 5; i++) await Promise.resolve()
      },
    ],
    [
      'after its submission',
      4 * 2 ** 20,
      () =>
        new Promise(resolve => {
          setTimeout(resolve, 5)
        }),
    ],
  ]
  test.each(moments)('%s', async (_, length, wait) => {
    const { dispatcher } = await dispatcherWith({ processor: 'webgpu' })
    await dispatcher.forward(relu(), new Float32Array(4))
    const x = scrambledBits(length, 10)
    const call = dispatcher.forward(relu(), x)
    const outcome = call.catch((error: unknown) => error)
    await wait()
    structuredClone(x.buffer, { transfer: [x.buffer] })
    expect(await outcome).toMatchObject({ code: 'invalid-array' })
  })
})
