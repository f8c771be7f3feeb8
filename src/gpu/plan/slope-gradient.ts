import { BYTES_PER_VECTOR, BYTES_PER_WORD, LANES } from '../../operations/layout.ts'
import type { KernelDescription, Slot } from '../../operations/operation.ts'
import { shapeOf, type Tile, tilesOf } from '../../operations/tiles.ts'
import { BYTES_PER_ELEMENT, type Format } from '../../support/formats.ts'
import type { BufferRange } from '../bindings/bindings.ts'
import type { BoundSlopes, RecordedCall } from '../bindings/call.ts'
import { isSoftware } from '../device/device.ts'
import { type Draft, type Planner, sumsPart } from './planner.ts'
import { BINDING_ALIGNMENT, type Part } from '../programs/placement.ts'
import { kernel } from '../../operations/kernel.ts'

/**
 * The elements that an invocation takes at a time: four of one channel, four of adjacent channels, or one, where a vector
 * would have elements of several runs.
 */
export type SlopeLanes = 'run' | 'adjacent' | 'single'

function lanesFor({ count, inner }: BoundSlopes): SlopeLanes {
  if (count === 1 || inner % LANES === 0) return 'run'
  return inner === 1 && count % LANES === 0 ? 'adjacent' : 'single'
}

/** Returns the ways for any number of slopes. */
export function lanesOfSlopes(inner: number): SlopeLanes[] {
  if (inner % LANES === 0) return ['run']
  return inner === 1 ? ['run', 'adjacent', 'single'] : ['run', 'single']
}

/** Returns the kernel that sums x * dy in parts. */
export function slopeTermsOperation(
  lanes: SlopeLanes,
  format: Format,
  isBiased: boolean,
  { gradientShader, gradientParts }: Pick<BoundSlopes, 'gradientShader' | 'gradientParts'>,
): KernelDescription {
  const { bindings, vectors, run, adjacent, single, biased } = gradientParts
  const slot = (name: string, role: Slot['role'], isOutput = false): Slot => ({ name, role, isOutput })
  const sums = slot('sums', 'words', true)
  const name = `slope-terms ${lanes}`
  if (lanes !== 'single') {
    const wgsl = [gradientShader, bindings, vectors, lanes === 'run' ? run : adjacent]
    const bias = isBiased ? [slot('x', 'bias')] : []
    return kernel(name, wgsl, [slot('x', 'elements'), slot('dy', 'elements'), ...bias, sums])
  }
  const perWord = `const PER_WORD = ${BYTES_PER_WORD / BYTES_PER_ELEMENT[format]}u;`
  const wgsl = [gradientShader, bindings, single, perWord, ...(isBiased ? [biased] : [])]
  const bias = isBiased ? [slot('bias', 'words')] : []
  return kernel(name, wgsl, [slot('x', 'words'), slot('dy', 'words'), ...bias, sums])
}

/**
 * Plans the gradient of slopes, where a call has it: partial sums of x * dy, and their sum for each channel. The order of
 * the additions depends on the lengths and the limits of the device alone.
 */
export function slopeGradientDrafts(planner: Planner, call: RecordedCall): Draft[] {
  const { slopes, count, operation } = call
  if (slopes?.gradient === undefined) return []
  const { gradient, inner } = slopes
  const { maxStorageBufferBindingSize } = planner.device.limits
  // Of float32 in every format, because the partial sums of short runs take as much.
  const most =
    Math.floor((maxStorageBufferBindingSize - BINDING_ALIGNMENT) / BINDING_ALIGNMENT) * (BINDING_ALIGNMENT / 4)
  const tiles = [...tilesOf(count, { slopes: { length: slopes.count }, inner }, most, planner.grid.joiningSize)]
  const run = slopes.count === 1 ? count : inner
  const join = (tile: Pick<Tile, 'firstChannel' | 'channels'>, invocations: number, isLater: boolean): Draft =>
    planner.addColumns({
      sums: planner.sumsOf(Math.max(1, invocations) * BYTES_PER_VECTOR),
      from: 0,
      invocations,
      into: {
        ...gradient,
        offset: gradient.offset + tile.firstChannel * BYTES_PER_WORD,
        size: tile.channels * BYTES_PER_WORD,
      },
      format: 'f32',
      columns: tile.channels,
      column: 0,
      accumulates: operation.accumulates || isLater,
    })
  if (count === 0) return operation.accumulates ? [] : [join({ firstChannel: 0, channels: slopes.count }, 0, false)]
  return tiles.flatMap(tile => {
    const [draft, invocations] = termsDraft(planner, call, slopes, tile)
    const isLater = tile.start >= run * slopes.count || tile.start % run !== 0
    return [draft, join(tile, invocations, isLater)]
  })
}

/** Plans the partial sums of a tile. Returns also the number of vectors that they take. */
function termsDraft(
  planner: Planner,
  { format, ranges, columns, operation: { biased } }: RecordedCall,
  slopes: BoundSlopes,
  tile: Tile,
): [Draft, number] {
  const lanes = lanesFor(slopes)
  const isVector = lanes !== 'single'
  const perRun = lanes === 'run' ? LANES : 1
  const perChannel = lanes === 'adjacent' ? LANES : 1
  const { start, end } = tile
  // In units of what an invocation takes at a time.
  const length = Math.ceil((end - start) / (isVector ? LANES : 1))
  const inner = Math.ceil(tile.inner / perRun)
  const channels = tile.channels / perChannel
  const isBlocked = isSoftware(planner.device)
  const width = widthFor(inner, isBlocked ? WIDEST_IN_SOFTWARE : tile.lanes)
  const shape = shapeOf({ ...tile, start: 0, end: length, channels, inner }, width)
  const { blocks, rows, slices, channelsAtATime } = shape
  const invocations = Math.ceil((slices * tile.channels) / LANES)
  const sums = planner.sumsOf(invocations * BYTES_PER_VECTOR)

  const bytes = BYTES_PER_ELEMENT[format]
  // A part begins with a word.
  const first = start % (BYTES_PER_WORD / bytes)
  const partOf = ({ buffer, offset }: BufferRange): Part => {
    return { buffer, offset: offset + (start - first) * bytes, size: (end - start + first) * bytes, isOutput: false }
  }
  const named = (name: string): BufferRange => ranges.find(range => range.name === name)!
  const tensors = ['x', 'dy'].map(name => partOf(named(name)))
  const bias = biased.length === 0 ? [] : [{ ...named('bias'), isOutput: false }]
  const isAligned = tensors.every(({ offset }) => offset % (LANES * bytes) === 0)
  const draft = planner.draft({
    operation: slopeTermsOperation(lanes, format, bias.length > 0, slopes),
    format,
    parts: [...tensors, ...bias, sumsPart(sums, 0, invocations, true)],
    access: isVector && isAligned ? 'vectors' : 'words',
    geometry: {
      count: end - start,
      columns,
      column: start % columns,
      partition: { invocations: slices * tile.channels, invocationStride: first, loopStride: Number(isBlocked) },
    },
    parameters: Uint32Array.of(length, inner, channels, blocks, rows, slices, width, channelsAtATime),
    sums,
    workgroups: planner.grid.workgroupsFor(slices * Math.ceil(channels / channelsAtATime) * planner.grid.joiningSize),
  })
  return [draft, invocations]
}

const NARROWEST = 16
// The invocations that lavapipe computes at a time.
const WIDEST_IN_SOFTWARE = 8

/**
 * Returns the number of adjacent invocations in a block, a power of two: the most that leave at most a sixteenth of the
 * invocations idle behind the end of a run.
 */
function widthFor(inner: number, lanes: number): number {
  let width = Math.min(lanes, 1 << (31 - Math.clz32(inner)))
  while (width > NARROWEST && Math.ceil(inner / width) * width * 16 > inner * 17) width /= 2
  return width
}
