import type { ProcessorReport } from '../../lab/protocol.ts'
import { formatWhole } from '../../support/format.ts'
import type { RunModel } from './run/run-model.ts'

/** Where a run is, in a line. */
export function progressText(model: RunModel): string {
  const { step, steps, setup, phase } = model
  const parts = [`step ${formatWhole(step)} of ${formatWhole(steps)}`, `seed ${setup.seed}`]
  if (phase === 'finished' && model.hasDiverged) parts.push('every network diverged, the run ended')
  else if (phase === 'finished') parts.push('done')
  return parts.join(' · ')
}

/** The processor of the activations, with the reason. */
export function processorText({ processor, reason, adapter }: ProcessorReport): string {
  const where = processor === 'webgpu' ? 'WebGPU' : 'the CPU'
  const named = adapter === null ? '' : ` (${adapter.description}${adapter.software ? ', a software adapter' : ''})`
  return `This library computes the activations, forward and backward, on ${where}${named}. ${reason}`
}
