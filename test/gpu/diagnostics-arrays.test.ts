import { expect, test } from 'vitest'
import { activationStatistics, clipByGlobalNorm, gradientNorm } from '../../src/diagnostics.ts'
import { relu } from '../../src/index.ts'
import { dispatcherWith, ownDevice, trackBuffers } from '../support/dispatcher.ts'
import { ordinary } from '../support/pairs.ts'
import { expectTensor, reluTruth } from '../support/statistics.ts'

test('an array in chunks, and nothing left of it', async () => {
  const device = await ownDevice({ maxStorageBufferBindingSize: 16_640, maxBufferSize: 20_000 })
  const buffers = trackBuffers(device)
  const { dispatcher } = await dispatcherWith({ processor: 'webgpu', device, crossCheck: 'full' })
  const x = ordinary(7 * 3001, 5)
  expectTensor(await activationStatistics(dispatcher, relu(), x, { units: 7 }), x, reluTruth, 7)
  const truth = Math.sqrt(x.reduce((sum, value) => sum + value * value, 0))
  expect(Math.abs((await gradientNorm(dispatcher, [x])) / truth - 1)).toBeLessThan(2 ** -20)
  expect(dispatcher.report).toMatchObject({ fallbacks: 0, crossChecks: { mismatches: 0 } })
  dispatcher.destroy()
  expect([...buffers.live].filter(name => !name.includes('geometry') && !name.includes('parameters'))).toEqual([])
})

test('a device that is lost: another, or the CPU', async () => {
  const device = await ownDevice()
  const { dispatcher, fallbacks } = await dispatcherWith({ processor: 'webgpu', device })
  device.destroy()
  const x = Float32Array.of(-1, 2, NaN)
  expectTensor(await activationStatistics(dispatcher, relu(), x), x, reluTruth)
  expect(await clipByGlobalNorm(dispatcher, [Float32Array.of(3, 4)], 1)).toBe(5)
  expect(fallbacks.map(({ direction }) => direction)).toEqual(['activationStatistics', 'gradientNorm'])
})

test('a driver that adds wrongly is found out', async () => {
  const device = await ownDevice()
  const create = device.createShaderModule.bind(device)
  device.createShaderModule = descriptor =>
    create({ ...descriptor, code: descriptor.code.replace('return x * x', 'return x * x * 1.01') })
  const { dispatcher, mismatches, fallbacks } = await dispatcherWith({ processor: 'webgpu', device, selfTest: true })
  expect(await gradientNorm(dispatcher, [new Float32Array(900).fill(2)])).toBe(60)
  expect(fallbacks[0]!.reason).toMatch(/Self-test of .*gradientNorm: \d+ of \d+ results/)
  expect(dispatcher.report.quarantined).toEqual(['leakyRelu gradientNorm'])
  expect(mismatches).toEqual([])
})
