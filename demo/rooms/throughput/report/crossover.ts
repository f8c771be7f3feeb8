import { formatElements, formatWhole } from '../../../support/format.ts'
import type { Row } from '../../../measure/rows.ts'

/** The length from which WebGPU is faster than the CPU, for one kernel with its data in one place. */
export interface Crossover {
  readonly residency: Row['residency']
  /** Elements from which on WebGPU is faster at every size measured; Infinity: at none, 0: at each. */
  readonly elements: number
  readonly smallest: number
  readonly largest: number
}

/**
 * Compares this library's times of one kernel on WebGPU with those on the CPU: from array to array, or with the data in the memory
 * that each computes in. Between two sizes it interpolates. Undefined where no size was measured on both.
 */
export function crossoverOf(rows: readonly Row[], residency: Row['residency']): Crossover | undefined {
  const timesOf = (processor: Row['processor']): Map<number, number> =>
    new Map(
      rows
        .filter(row => isOurs(row) && row.processor === processor && row.residency === residency)
        .flatMap(({ elements, medianMs }) => (medianMs === undefined ? [] : [[elements, medianMs] as const])),
    )
  const [webgpu, cpu] = [timesOf('webgpu'), timesOf('cpu')]
  const points = [...webgpu.keys()]
    .filter(elements => cpu.has(elements))
    .toSorted((a, b) => a - b)
    .map(elements => ({ elements, ratio: webgpu.get(elements)! / cpu.get(elements)! }))
  if (points.length === 0) return undefined
  const between = { residency, smallest: points[0]!.elements, largest: points.at(-1)!.elements }
  const lastSlower = points.findLastIndex(({ ratio }) => ratio >= 1)
  if (lastSlower === -1) return { ...between, elements: 0 }
  if (lastSlower === points.length - 1) return { ...between, elements: Infinity }
  const [below, above] = [points[lastSlower]!, points[lastSlower + 1]!]
  // On logarithmic scales, as in the chart.
  const share = Math.log(below.ratio) / (Math.log(below.ratio) - Math.log(above.ratio))
  return { ...between, elements: below.elements * (above.elements / below.elements) ** share }
}

/** A new array on the CPU, or in place in the memory that the library computes in; an array that is reused counts for neither. */
function isOurs({ library, output }: Row): boolean {
  return library === 'webgpu-activations' && output !== 'out'
}

/** A crossover in words, after "WebGPU is": `faster than the CPU from about 180 Ki elements on`. */
export function describeCrossover({ elements, smallest, largest }: Crossover): string {
  if (elements === Infinity) return `slower than the CPU at every size up to ${formatElements(largest)} elements`
  const from = elements === 0 ? `every size from ${formatElements(smallest)}` : `about ${formatRoughly(elements)}`
  return `faster than the CPU ${elements === 0 ? 'at' : 'from'} ${from} elements on`
}

/** Elements to two digits: `180 Ki`, `1.5 Mi`. */
export function formatRoughly(elements: number): string {
  for (const [unit, name] of [
    [2 ** 20, ' Mi'],
    [2 ** 10, ' Ki'],
  ] as const) {
    if (elements >= unit) return `${formatWhole(Number((elements / unit).toPrecision(2)))}${name}`
  }
  return formatWhole(Number(elements.toPrecision(2)))
}
