import { createDispatcher } from '../../../../src/index.ts'
import type { Choice } from '../../../measure/choice.ts'
import { normalValues } from '../../../input/normal.ts'
import type { Computation, Data } from '../../../measure/computation.ts'
import { ownActivation } from '../../../state/own.ts'

// As many as a dispatcher wants before it measures what is worth the trip to the GPU.
const ELEMENTS = 2 ** 16

/** Finds out how the library computes, and lets it decide on each computation where it has a device for that. */
export async function findChoice(computations: readonly Computation[], device: GPUDevice | undefined): Promise<Choice> {
  const cpuDispatcher = await createDispatcher({ processor: 'cpu' })
  // The report names the kernels that WebAssembly lacks once they have computed.
  const one = { x: Float32Array.of(1), dy: Float32Array.of(1) }
  const own = computations.filter(({ activation }) => ownActivation(activation.name) !== undefined)
  for (const computation of own) await computation.call(cpuDispatcher, one)
  const { cpu } = cpuDispatcher.report
  cpuDispatcher.destroy()
  if (device === undefined) return { cpu }
  try {
    const dispatcher = await createDispatcher({ device })
    if (dispatcher.report.crossover !== null) {
      const [x, dy, up] = await Promise.all([1, 2, 3].map(seed => normalValues(seed, ELEMENTS)))
      const data: Data = { x: x!, dy: dy!, up: up! }
      for (const computation of computations) await computation.call(dispatcher, data)
    }
    const { processor, reason, crossover } = dispatcher.report
    dispatcher.destroy()
    return { cpu, auto: { processor, reason, crossover } }
  } catch {
    // A device that fails is told by its rows.
    return { cpu }
  }
}
