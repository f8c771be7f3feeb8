import { type Inspection, listChannels } from '../../demo/inspect/inspection.ts'
import { COLUMNS, inputRowOf, rowOf } from '../../demo/inspect/table.ts'
import { formatWhole } from '../../demo/support/format.ts'
import { toJson } from '../tools/json.ts'
import type { AllInspected, Inspected } from './inspected.ts'
import type { Layer } from './layer.ts'

const BARS = ' ▁▂▃▄▅▆▇█'

/** The report for a terminal. */
export function textOf(layer: Layer, { x, all }: AllInspected): string {
  const table = [
    [...COLUMNS, 'histogram'],
    [...inputRowOf(x), barsOf(x.histogram)],
    ...all.map(one => [...rowOf(nameOf(one), one.inspection), barsOf(one.inspection.histogram)]),
  ]
  const widths = table[0]!.map((_, i) => Math.max(...table.map(cells => cells[i]!.length)))
  const pad = (cell: string, i: number): string =>
    i === 0 || i === COLUMNS.length ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)
  return [
    titleOf(layer),
    '',
    ...table.map(cells => cells.map(pad).join('  ').trimEnd()),
    '',
    ...all.flatMap(channelLines),
    'Histograms count the finite values from min to max; heights go by the square root, so that what is rare shows too.',
  ].join('\n')
}

function titleOf({ title, axis, columns: { units, rows } }: Layer): string {
  const values = (count: number): string => `${formatWhole(count)} ${count === 1 ? 'value' : 'values'}`
  if (axis === undefined) return `${title}: one channel of ${values(rows)}`
  return `${title}: ${formatWhole(units)} ${units === 1 ? 'channel' : 'channels'} along axis ${axis}, ${values(rows)} each`
}

function barsOf(counts: readonly number[]): string {
  const most = Math.max(...counts, 1)
  return counts.map(count => BARS[Math.ceil(Math.sqrt(count / most) * (BARS.length - 1))]).join('')
}

/** `leakyRelu alpha=0.01`. */
function nameOf({ activation, parameters }: Inspected): string {
  return [activation, ...Object.entries(parameters).map(([name, value]) => `${name}=${value}`)].join(' ')
}

function channelLines(one: Inspected): string[] {
  const { dead, neverOpen } = one.inspection
  const alive = neverOpen.filter(channel => !dead.includes(channel))
  return [
    ...(dead.length === 0 ? [] : [`${nameOf(one)}: no gradient in any value of channel ${listChannels(dead)}`]),
    ...(alive.length === 0
      ? []
      : [`${nameOf(one)}: never open, but with a gradient, in channel ${listChannels(alive)}`]),
  ]
}

/** The JSON that `--json` writes. Infinity and NaN are strings in it. */
export function jsonOf(layer: Layer, { x, all }: AllInspected): string {
  const { file, tensor, type, shape, axis, columns } = layer
  const report = {
    file,
    ...(tensor !== '' && { tensor }),
    type,
    shape,
    axis,
    channels: columns.units,
    x: valuesOf(x),
    activations: all.map(({ activation, parameters, inspection }) => {
      const { zeroGradients, open, dead, neverOpen } = inspection
      return { activation, parameters, ...valuesOf(inspection), zeroGradients, open, dead, neverOpen }
    }),
  }
  return toJson(report)
}

/** The statistics of values, without those of gradients. */
function valuesOf({ count, zeros, nans, infinities, mean, deviation, min, max, histogram }: Inspection) {
  return { count, zeros, nans, infinities, mean, deviation, min, max, histogram }
}
