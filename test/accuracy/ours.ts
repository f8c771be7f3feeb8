import { createDispatcher } from '../../src/index.ts'
import type { Candidate } from './measure.ts'

/**
 * This library on a device, or on the CPU without one: a dispatcher without cross-checks and fallbacks, so that the results are
 * those of the processor.
 */
export async function openOurs(description: string, device?: GPUDevice): Promise<Candidate> {
  const dispatcher = await createDispatcher(
    device === undefined ? { processor: 'cpu' } : { processor: 'webgpu', device, crossCheck: 'off' },
  )
  const checked = async <Result>(result: Promise<Result>): Promise<Result> => {
    const { fallbacks } = dispatcher.report
    const values = await result
    if (dispatcher.report.fallbacks > fallbacks) throw new Error(dispatcher.report.reason)
    return values
  }
  return {
    description,
    computationOf: (_, activation) =>
      Promise.resolve({
        forward: x => checked(dispatcher.forward(activation, x)),
        backward: (x, dy) => checked(dispatcher.backward(activation, x, dy)),
      }),
    pairOf: pair => ({
      forward: (gate, up) => checked(dispatcher.forward(pair, gate, up)),
      backward: (gate, up, dy) => checked(dispatcher.backward(pair, gate, up, dy)),
    }),
  }
}
