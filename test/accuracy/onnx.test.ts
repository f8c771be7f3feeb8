import * as ort from 'onnxruntime-web'
import { afterAll, expect, test } from 'vitest'
import { onnxModel, type Operator } from '../../demo/peers/onnx-model.ts'

// In Node its WebAssembly makes a thread of Node the global Worker.
const worker = Object.getOwnPropertyDescriptor(globalThis, 'Worker')
afterAll(() => {
  if (worker === undefined) Reflect.deleteProperty(globalThis, 'Worker')
  else Object.defineProperty(globalThis, 'Worker', worker)
})

async function run(operator: Operator, x: readonly number[]): Promise<number[]> {
  const session = await ort.InferenceSession.create(onnxModel(operator), { executionProviders: ['wasm'] })
  const { y } = await session.run({ x: new ort.Tensor('float32', Float32Array.from(x), [x.length]) })
  return [...(y!.data as Float32Array)]
}

test('ONNX Runtime reads the models', async () => {
  expect(await run({ type: 'Relu' }, [-1, 2])).toEqual([0, 2])
  expect(await run({ type: 'LeakyRelu', attributes: { alpha: 0.5 } }, [-3, 2, -8])).toEqual([-1.5, 2, -4])
  expect(await run({ type: 'Clip', inputs: { min: -1, max: 6 } }, [-3, 2, 8])).toEqual([-1, 2, 6])
  expect(await run({ type: 'Gelu', attributes: { approximate: 'tanh' } }, [0, 20])).toEqual([0, 20])
  const quickGelu = { type: 'QuickGelu', domain: 'com.microsoft', attributes: { alpha: 1 } }
  expect(await run(quickGelu, [0, 100])).toEqual([0, 100])
})
