import { formatElements, formatMeasured } from '../../../support/format.ts'
import { hasFailed, isPeer, type Row, timesOurs } from '../../../measure/rows.ts'
import { type Crossover, crossoverOf, formatRoughly } from './crossover.ts'
import { SOFTWARE } from './report.ts'

/** The measurements of one activation in one direction, at its largest size. */
export interface KernelSummary {
  /** `relu forward` */
  readonly kernel: string
  readonly elements: number
  /** This library's rows, as far as they have a time. */
  readonly resident: Row | undefined
  readonly roundtrip: Row | undefined
  readonly cpu: Row | undefined
  readonly inPlace: Row | undefined
  /** From array to array. */
  readonly crossover: Crossover | undefined
}

/** The name of what a row computes: `relu forward`. */
export function kernelOf({ activation, direction }: Row): string {
  return `${activation} ${direction}`
}

/** Summarizes each activation that was measured, in the order of the rows. */
export function summarizeKernels(rows: readonly Row[]): KernelSummary[] {
  const timed = rows.filter(row => row.medianMs !== undefined && row.library === 'webgpu-activations')
  return [...new Set(timed.map(kernelOf))].map(kernel => {
    const own = timed.filter(row => kernelOf(row) === kernel)
    const elements = Math.max(...own.map(row => row.elements))
    const at = (processor: Row['processor'], residency: Row['residency']): Row | undefined =>
      own.find(
        row =>
          row.elements === elements &&
          row.processor === processor &&
          row.residency === residency &&
          row.output !== 'out',
      )
    return {
      kernel,
      elements,
      resident: at('webgpu', 'resident'),
      roundtrip: at('webgpu', 'roundtrip'),
      cpu: at('cpu', 'roundtrip'),
      inPlace: at('cpu', 'resident'),
      crossover: crossoverOf(own, 'roundtrip'),
    }
  })
}

/** The speed of a row relative to the CPU; undefined if one of them was not measured. */
export function timesAsFast(row: Row | undefined, cpu: Row | undefined): number | undefined {
  return row?.medianMs === undefined || cpu?.medianMs === undefined ? undefined : cpu.medianMs / row.medianMs
}

/** `2.40× faster`, or `3.10× slower`. */
export function describeFactor(factor: number): string {
  return factor >= 1 ? `${formatMeasured(factor)}× faster` : `${formatMeasured(1 / factor)}× slower`
}

/** The conclusion from the rows of a run, in a few sentences. @param isSoftware whether the adapter is a software one */
export function conclude(rows: readonly Row[], isSoftware: boolean): string {
  const failures = rows.filter(hasFailed).length
  const failed = failures === 0 ? [] : [`${failures} of ${rows.length} rows failed: they are red below.`]
  const kernels = summarizeKernels(rows)
  const onWebgpu = kernels.some(({ resident, roundtrip }) => resident !== undefined || roundtrip !== undefined)
  const software = isSoftware && onWebgpu ? [SOFTWARE] : []
  return [...software, ...againstCpu(kernels), ...crossing(kernels), ...besides(rows), ...failed].join(' ')
}

function againstCpu(kernels: readonly KernelSummary[]): string[] {
  const compared = (name: 'roundtrip' | 'resident', beside: 'cpu' | 'inPlace', place: string): string[] => {
    const factors = kernels.flatMap(one => {
      const factor = timesAsFast(one[name], one[beside])
      return factor === undefined ? [] : [{ kernel: one.kernel, elements: one.elements, factor }]
    })
    if (factors.length === 0) return []
    const [faster, slower] = [true, false].map(is => factors.filter(({ factor }) => factor >= 1 === is)) as [
      typeof factors,
      typeof factors,
    ]
    const say = (some: typeof factors): string => `${listOf(some)} (${rangeOf(some.map(({ factor }) => factor))})`
    const sizes = [...new Set(factors.map(({ elements }) => formatElements(elements)))].join(' or ')
    const parts = [
      ...(faster.length > 0 ? [`faster than the CPU for ${say(faster)}`] : []),
      ...(slower.length > 0 ? [`slower than the CPU for ${say(slower)}`] : []),
    ]
    return [`${place}, WebGPU is ${parts.join(', but ')} at ${sizes} elements.`]
  }
  const listOf = (some: readonly { readonly kernel: string }[]): string => {
    if (some.length === kernels.length && some.length > 3) return `all ${some.length} kernels`
    const names = some.map(({ kernel }) => kernel)
    return names.length > 4 ? `${names.slice(0, 3).join(', ')} and ${names.length - 3} others` : inWords(names)
  }
  const sentences = [
    ...compared('roundtrip', 'cpu', 'From array to array'),
    ...compared('resident', 'inPlace', 'With the data already there'),
  ]
  return sentences.length > 0 ? sentences : alone(kernels)
}

/** The fastest row where one processor alone was measured. */
function alone(kernels: readonly KernelSummary[]): string[] {
  const rows = kernels.flatMap(({ kernel, resident, roundtrip, cpu, inPlace }) =>
    [resident, roundtrip, cpu, inPlace].flatMap(row => (row === undefined ? [] : [{ kernel, row }])),
  )
  if (rows.length === 0) return []
  const rate = ({ row }: (typeof rows)[number]): number => row.gigabytesPerSecond!
  const best = rows.reduce((one, other) => (rate(other) > rate(one) ? other : one))
  const where = best.row.processor === 'webgpu' ? 'WebGPU' : 'the CPU'
  const size = formatElements(best.row.elements)
  return [`On ${where} alone: up to ${formatMeasured(rate(best))} GB/s, ${best.kernel} over ${size} elements.`]
}

/** From which size on WebGPU pays, over all kernels. */
function crossing(kernels: readonly KernelSummary[]): string[] {
  const sizes = kernels.flatMap(({ crossover }) => (crossover === undefined ? [] : [crossover]))
  const between = sizes.map(({ elements }) => elements).filter(elements => elements > 0 && elements < Infinity)
  if (between.length === 0) return []
  const [least, most] = [Math.min(...between), Math.max(...between)].map(formatRoughly)
  const from = least === most ? `about ${least}` : `about ${least} to ${most}`
  const some = between.length === sizes.length ? '' : ` (${between.length} of ${sizes.length} kernels)`
  return [`The arrays are worth the trip to WebGPU from ${from} elements on${some}.`]
}

/** Compares other libraries at the same tasks, in a sentence for each place. */
function besides(rows: readonly Row[]): string[] {
  const places = [
    ['With the data already there', 'webgpu', 'resident'],
    ['On WebGPU from array to array', 'webgpu', 'roundtrip'],
    ['On the CPU', 'cpu', 'roundtrip'],
  ] as const
  return places.flatMap(([where, processor, residency]) => {
    const theirs = rows.filter(row => isPeer(row) && row.processor === processor && row.residency === residency)
    const parts = [...new Set(theirs.map(({ library }) => library))].flatMap(library => {
      const own = theirs.filter(row => row.library === library)
      const ratios = own.map(row => timesOurs(row, rows)).filter(ratio => ratio !== undefined)
      if (ratios.length === 0) return []
      const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map(formatMeasured)
      return [`${library} took ${least === most ? least : `${least} to ${most}`} times as long`]
    })
    return parts.length === 0 ? [] : [`${where} ${inWords(parts)}.`]
  })
}

/** `2.40×`, or `1.10× to 2.40×`, of factors that are all faster, or all slower. */
function rangeOf(factors: readonly number[]): string {
  const isFaster = factors[0]! >= 1
  const times = factors.map(factor => (isFaster ? factor : 1 / factor))
  const [least, most] = [Math.min(...times), Math.max(...times)].map(formatMeasured)
  return least === most ? `${least}×` : `${least}× to ${most}×`
}

function inWords(parts: readonly string[]): string {
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}
