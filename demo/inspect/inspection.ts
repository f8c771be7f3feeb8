import { activationStatistics, type Statistics } from '../../src/diagnostics.ts'
import { type Activation, type Dispatcher, type GluActivation, isGlu } from '../../src/index.ts'
import { histogramOf } from '../support/histogram.ts'
import type { Columns } from './columns.ts'

/** Statistics of y = activation(x) over a layer, and its channels without a gradient. */
export interface Inspection extends Statistics {
  /** The channels in which no element has a gradient, in ascending order. */
  readonly dead: readonly number[]
  /** The channels in which no gate is open. A leaky one of them is not dead. */
  readonly neverOpen: readonly number[]
  /** For each channel the share of its elements that have no gradient. */
  readonly shut: readonly number[]
  /** The counts of finite y in parts of equal width, from `min` to `max`. */
  readonly histogram: readonly number[]
}

/**
 * Computes what an activation makes of a layer, by the diagnostics of the library.
 *
 * @param parts of the histogram
 * @throws (by rejection) InputError where the activation does not fit the tensor
 */
export async function inspect(
  dispatcher: Dispatcher,
  activation: Activation,
  { values, units }: Columns,
  parts: number,
): Promise<Inspection> {
  const { units: channels, ...all } = await activationStatistics(dispatcher, activation, values, { units })
  const y = await dispatcher.forward(activation, values)
  const having = (property: 'dead' | 'neverOpen'): number[] =>
    [...channels.keys()].filter(channel => channels[channel]![property])
  return {
    ...all,
    dead: having('dead'),
    neverOpen: having('neverOpen'),
    shut: channels.map(({ zeroGradients, count }) => zeroGradients / count),
    histogram: histogramOf(y, { lowest: all.min, highest: all.max }, parts),
  }
}

/** Why an activation cannot be applied to one tensor; undefined where it can. */
export function whyNotOfOneTensor(activation: Activation | GluActivation): string | undefined {
  if (!isGlu(activation)) return undefined
  const { name } = activation.activation
  return `${activation.name} has two inputs, gate and up, and this is one tensor: choose the activation of its gate, ${name}`
}

/** Channels in words: `3, 17 to 20, 41`; of many the first runs. */
export function listChannels(channels: readonly number[], mostRuns = 12): string {
  const runs: [first: number, last: number][] = []
  for (const channel of channels) {
    const run = runs.at(-1)
    if (run !== undefined && run[1] === channel - 1) run[1] = channel
    else runs.push([channel, channel])
  }
  const shown = runs.slice(0, mostRuns).map(([first, last]) => {
    return first === last ? String(first) : `${first}${last === first + 1 ? ', ' : ' to '}${last}`
  })
  const listed = runs.slice(0, mostRuns).reduce((sum, [first, last]) => sum + last - first + 1, 0)
  return `${shown.join(', ')}${listed < channels.length ? ` and ${channels.length - listed} more` : ''}`
}
