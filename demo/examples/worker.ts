import type { WorkerAnswer } from './in-worker.ts'
import { showOutcome } from './outcome.ts'

// The library in a worker, where there is no window.

void showOutcome(async () => {
  const worker = new Worker(new URL('./in-worker.ts', import.meta.url), { type: 'module' })
  const answer = await new Promise<WorkerAnswer>((resolve, reject) => {
    worker.addEventListener('message', ({ data }: MessageEvent<WorkerAnswer>) => resolve(data))
    worker.addEventListener('error', ({ message }) => reject(new Error(`The worker: ${message}`)))
  })
  worker.terminate()
  return {
    'window in the worker': answer.hasWindow ? 'yes' : 'none',
    'Processor of the dispatcher': answer.processor,
    'Calls that the CPU took over': String(answer.fallbacks),
    'leakyRelu({ alpha: 0.5 }) by the dispatcher': list(answer.leakyRelu),
    'Its gradient': list(answer.gradient),
    'relu by kernels, on an encoder of the worker': list(answer.relu),
  }
})

/** With the sign of -0, which template strings drop. */
const list = (values: Float32Array): string =>
  [...values].map(value => (Object.is(value, -0) ? '-0' : String(value))).join(', ')
