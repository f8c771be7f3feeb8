import type { ProcessorReport } from '../../lab/protocol.ts'
import { formatWhole } from '../../support/format.ts'
import type { RunModel } from './run/run-model.ts'

/** Describes the state of a run in a line. */
export function progressText(model: RunModel): string {
  const { step, steps, setup, phase } = model
  const parts = [`step ${formatWhole(step)} of ${formatWhole(steps)}`, `seed ${setup.seed}`]
  if (phase === 'finished' && model.hasDiverged) parts.push('every network diverged, the run ended')
  else if (phase === 'finished') parts.push('done')
  return parts.join(' · ')
}

/** Describes a change of the processor during a run. */
export function processorNotice({ processor, reason }: ProcessorReport): string {
  if (processor === 'webgpu') return 'The GPU device was lost. Training goes on with a new one.'
  return `The GPU cannot be used any more: training goes on on the CPU. ${reason}`
}

/** The processor of the activations, with the reason. */
export function processorText({ processor, reason, adapter }: ProcessorReport): string {
  const where = processor === 'webgpu' ? 'WebGPU' : 'the CPU'
  const named = adapter === null ? '' : ` (${adapter.description}${adapter.software ? ', a software adapter' : ''})`
  return `This library computes the activations, forward and backward, on ${where}${named}. ${reason}`
}
