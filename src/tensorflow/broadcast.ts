/** Adjacent dimensions of a tensor, which the slopes all have, or all lack: the slope is then shared. */
interface Run {
  readonly size: number
  readonly isShared: boolean
}

/** The spread of slopes over a tensor, from its first dimension to its last. */
export interface Broadcast {
  readonly runs: readonly Run[]
  /** The number of slopes. */
  readonly slopes: number
  /** The number of elements of each. */
  readonly each: number
}

const MOST_RUNS = 4

/**
 * Returns how slopes of one shape spread over a tensor of another, by the rules of NumPy: shapes align at their ends.
 * Undefined where they would spread the tensor, and for dimensions that alternate more often than any layer's.
 */
export function broadcastOf(shape: readonly number[], slopeShape: readonly number[]): Broadcast | undefined {
  if (slopeShape.length > shape.length) return undefined
  const runs: { size: number; isShared: boolean }[] = []
  for (const [i, size] of shape.entries()) {
    const own = slopeShape[i - shape.length + slopeShape.length] ?? 1
    if (own !== size && own !== 1) return undefined
    if (size === 1) continue
    const isShared = own === 1
    const last = runs.at(-1)
    if (last?.isShared === isShared) last.size *= size
    else runs.push({ size, isShared })
  }
  if (runs.length > MOST_RUNS) return undefined
  const product = (shared: boolean): number =>
    runs.reduce((total, { size, isShared }) => (isShared === shared ? total * size : total), 1)
  return { runs, slopes: product(false), each: product(true) }
}

/** The sizes of the runs, as a uniform of four numbers. */
export function sizesOf({ runs }: Broadcast): number[] {
  return [0, 1, 2, 3].map(i => runs[i]?.size ?? 1)
}

/** A name for the kinds of the runs, for which one program serves all sizes. */
export function patternOf({ runs }: Broadcast): string {
  return runs.map(({ isShared }) => (isShared ? 'shared' : 'own')).join('-')
}

/**
 * Returns WGSL of `fn slope_place(i: u32) -> u32`, the index of the slope of element i. It reads the sizes from
 * `uniforms.sizes`.
 */
export function slopePlace({ runs }: Broadcast): string {
  return `fn slope_place(i: u32) -> u32 { ${split('i', runs)} return ${join(runs, runs, false)}; }`
}

/**
 * Returns WGSL of the elements of a slope: `fn slope_element(slope: u32) -> u32`, the first one, and
 * `fn slope_step(i: u32) -> u32`, the distance of the i-th from it.
 */
export function slopeElements({ runs }: Broadcast): string {
  const of = (name: string, parameter: string, shared: boolean): string => {
    const parts = runs.map(run => (run.isShared === shared ? run : undefined))
    return `fn ${name}(${parameter}: u32) -> u32 { ${split(parameter, parts)} return ${join(parts, runs, true)}; }`
  }
  return `${of('slope_element', 'slope', false)}\n${of('slope_step', 'i', true)}`
}

type Parts = readonly (Run | undefined)[]

/** Splits an index over runs into the places in them, from the last run on. */
function split(index: string, parts: Parts): string {
  const steps = [`var left = ${index};`]
  for (const i of [...parts.keys()].toReversed()) {
    if (parts[i] === undefined) continue
    steps.push(`let place_${i} = left % ${size(i)}; left /= ${size(i)};`)
  }
  return steps.join(' ')
}

/**
 * Joins places to an index.
 *
 * @param parts the runs whose places count
 * @param runs all runs
 * @param inTensor true for an index in the tensor, false for one in the slopes
 */
function join(parts: Parts, runs: readonly Run[], inTensor: boolean): string {
  let index = '0u'
  for (const [i, run] of runs.entries()) {
    if (!inTensor && run.isShared) continue
    const place = parts[i] === undefined ? '0u' : `place_${i}`
    index = `(${index} * ${size(i)} + ${place})`
  }
  return index
}

const size = (run: number): string => `u32(uniforms.sizes.${'xyzw'[run]})`
