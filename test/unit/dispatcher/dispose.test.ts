import { expect, test } from 'vitest'
import { createDispatcher, type Dispatcher, relu } from '../../../src/index.ts'

const x = Float32Array.of(-1, 2)

test('Symbol.dispose destroys, by itself and on a copy', async () => {
  const dispatcher = await createDispatcher({ processor: 'cpu' })
  const { [Symbol.dispose]: dispose } = { ...dispatcher }
  expect(await dispatcher.forward(relu(), x)).toEqual(Float32Array.of(0, 2))
  dispose()
  dispose()
  await expect(dispatcher.forward(relu(), x)).rejects.toMatchObject({ code: 'destroyed' })
})

test('the end of a block destroys what `using` declares there, also when the block throws', async () => {
  let left: Dispatcher | undefined
  const block = async (): Promise<void> => {
    using dispatcher = await createDispatcher({ processor: 'cpu' })
    left = dispatcher
    expect(await dispatcher.forward(relu(), x)).toEqual(Float32Array.of(0, 2))
    throw new Error('in the block')
  }
  await expect(block()).rejects.toThrow('in the block')
  await expect(left!.forward(relu(), x)).rejects.toMatchObject({ code: 'destroyed' })
})
