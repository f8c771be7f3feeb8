import { describe, expect, test } from 'vitest'
import { createDispatcher, prelu, wgsl } from '../../../src/index.ts'

// A tensor has whole periods of the slopes of a prelu: others are refused, for the slopes are those of another.

const dispatcher = await createDispatcher({ processor: 'cpu' })

const cases: readonly (readonly [slopes: number, inner: number, length: number])[] = [
  [3, 1, 10],
  [2, 4, 6],
  [2, 4, 4],
  [2, 4, 12],
  [3, 5, 1],
  [4096, 1, 4095],
  [2, 2 ** 31 - 1, 6],
  [2 ** 24, 2 ** 31 - 1, 6],
]

const sloped = (slopes: number, inner: number) => prelu({ alpha: new Float32Array(slopes).fill(0.5), inner })

describe.each(cases)('%i slopes of inner %i, and %i elements', (slopes, inner, length) => {
  const activation = sloped(slopes, inner)
  const x = new Float32Array(length).fill(-1)
  const refusal = (name: string) => ({
    name: 'InputError',
    code: 'length-mismatch',
    message: expect.stringMatching(
      `^${name} has ${length} elements, and prelu's ${slopes} slopes of inner ${inner} fit multiples of ${slopes * inner}\\.`,
    ) as string,
  })

  test('are refused', async () => {
    const mask = new Uint32Array(Math.ceil(length / 32))
    const half = new Uint16Array(length)
    await expect(dispatcher.forward(activation, x)).rejects.toMatchObject(refusal('x'))
    await expect(dispatcher.forward(activation, x, { mask: true })).rejects.toMatchObject(refusal('x'))
    await expect(dispatcher.forward(activation, half, { format: 'bf16' })).rejects.toMatchObject(refusal('x'))
    await expect(dispatcher.backward(activation, x, x)).rejects.toMatchObject(refusal('x'))
    await expect(dispatcher.backward(activation, { y: x }, x)).rejects.toMatchObject(refusal('y'))
    await expect(dispatcher.backward(activation, { mask }, x)).rejects.toMatchObject(refusal('dy'))
    await expect(dispatcher.backwardAlpha(activation, x, x)).rejects.toMatchObject(refusal('x'))
  })
})

describe('fit', () => {
  test.each([
    [3, 1, 9],
    [2, 4, 8],
    [2, 4, 24],
    [3, 5, 0],
    [1, 7, 10],
    [1, 2 ** 31 - 1, 3],
  ])('%i slopes of inner %i, and %i elements', async (slopes, inner, length) => {
    const x = new Float32Array(length).fill(-1)
    const activation = sloped(slopes, inner)
    expect(await dispatcher.forward(activation, x)).toEqual(x.map(() => -0.5))
    expect(await dispatcher.backward(activation, x, x)).toEqual(x.map(() => -0.5))
    expect([...(await dispatcher.backwardAlpha(activation, x, x))]).toEqual(Array(slopes).fill(length / slopes))
  })

  test('whatever is wrong besides is said first', async () => {
    const x = new Float32Array(10)
    const call = dispatcher.backward(sloped(3, 1), x, new Float32Array(9))
    await expect(call).rejects.toThrow(/x has 10 elements and dy has 9/)
  })

  test('in WGSL, which knows no tensors, any', () => {
    expect(wgsl(sloped(3, 4))).toContain('fn prelu(x: f32, slope: f32) -> f32')
  })
})
