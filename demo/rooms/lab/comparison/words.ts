import type { ComparisonStep, NetworkStep } from '../../../lab/tensorflow/protocol.ts'
import { percent, twoDigits } from '../figures/words.ts'

/** The first steps compile shaders, and make buffers that later ones take again. */
const STEPS_TO_WARM = 2
/** The least number of steps after them that a median is taken of. */
const STEPS_TO_TIME = 10

/** The two networks by their key in a step. */
export const NETWORKS = [
  { key: 'without', name: 'TensorFlow.js alone' },
  { key: 'with', name: 'with this library' },
] as const

/** The median time of a step, in milliseconds; NaN before there are enough steps. */
export function millisecondsOf(steps: readonly NetworkStep[]): number {
  const sorted = steps.slice(STEPS_TO_WARM).map(({ seconds }) => 1000 * seconds)
  sorted.sort((a, b) => a - b)
  return sorted.length < STEPS_TO_TIME ? NaN : sorted[Math.floor(sorted.length / 2)]!
}

/** Tells in sentences what the steps show. The first is the verdict; none before the first step. */
export function findings(steps: readonly ComparisonStep[]): readonly string[] {
  const last = steps.at(-1)
  if (last === undefined) return []
  const difference = Math.max(...steps.map(step => Math.abs(step.without.loss - step.with.loss)))
  const verdict =
    difference === 0
      ? `The same loss in ${steps.length === 1 ? 'the first step' : `each of ${steps.length} steps`}, bit for bit.`
      : `The losses of ${steps.length === 1 ? 'the first step' : `${steps.length} steps`} differ by ${twoDigits(difference)} at most.`
  const { without, with: ours } = last
  const dispatches =
    ours.dispatches === without.dispatches
      ? `${ours.dispatches} dispatches a step in both`
      : `${ours.dispatches} dispatches a step in place of ${without.dispatches}`
  const [peak, ourPeak] = NETWORKS.map(({ key }) => Math.max(...steps.map(step => step[key].peakBytes)))
  const saved = 1 - ourPeak! / peak!
  const memory =
    Math.abs(saved) < 0.005
      ? []
      : [`${percent(Math.abs(saved))} ${saved > 0 ? 'less' : 'more'} GPU memory at the peak.`]
  const [time, ourTime] = NETWORKS.map(({ key }) => millisecondsOf(steps.map(step => step[key])))
  const ratio = ourTime! / time!
  const times = Number.isNaN(ratio) ? [] : [`A step takes ${ratio.toFixed(2)} times as long as without.`]
  return [verdict, `${dispatches}; ${ours.ours} of them are this library's.`, ...memory, ...times]
}
