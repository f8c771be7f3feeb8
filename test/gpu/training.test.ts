import { expect, test } from 'vitest'
import { drawProblem } from '../../demo/lab/data.ts'
import { CIRCLES } from '../../demo/lab/presets.ts'
import type { Setup } from '../../demo/lab/protocol.ts'
import { DispatcherTrainer } from '../../demo/lab/trainer.ts'
import { dispatcherWith } from '../support/dispatcher.ts'

const SETUP: Setup = { ...CIRCLES, data: { name: 'circles', rows: 64 }, width: 8, momentum: 0.9 }

/** The loss of each of 100 steps. tanh, because relu is the same on every processor, bit for bit. */
async function lossesOf(processor: 'webgpu' | 'cpu'): Promise<number[]> {
  const { dispatcher, fallbacks } = await dispatcherWith({ processor })
  const problem = await drawProblem(SETUP.data, SETUP.seed, () => Promise.reject(new Error('No digits are needed.')))
  const trainer = new DispatcherTrainer(SETUP, { name: 'tanh' }, problem, dispatcher)
  const losses: number[] = []
  for (let step = 0; step < 100; step++) losses.push((await trainer.train(1)).loss)
  expect(fallbacks).toEqual([])
  expect(dispatcher.report.processor).toBe(processor)
  return losses
}

test('100 steps of training follow the curve of the CPU', async () => {
  const onGpu = await lossesOf('webgpu')
  const onCpu = await lossesOf('cpu')
  expect(Math.max(...onGpu.map((loss, step) => Math.abs(loss - onCpu[step]!)))).toBeLessThan(1e-3)
  expect(onGpu.at(-1)).toBeLessThan(0.5 * onGpu[0]!)
})
