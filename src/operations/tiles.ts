import type { Channels } from '../activations/support/activation.ts'

// How the sums of a gradient of slopes are shared out: into tiles of a tensor, and in each over rows and slices. The kernel and its check agree on it.

/** A part of a tensor that goes to the GPU at once: whole periods of all its channels, or part of a period. */
export interface Tile {
  readonly start: number
  readonly end: number
  /** The channel that the first element belongs to, and how many there are from it on. */
  readonly firstChannel: number
  readonly channels: number
  readonly inner: number
  /** How many invocations a workgroup has. */
  readonly lanes: number
}

/** The sums over a tile: those of its channels, slice by slice. */
export interface TileSums {
  readonly tile: Tile
  readonly sums: Float32Array
}

const ROWS_PER_LANE = 64

/** Cuts a tensor into tiles of at most so many elements: of whole periods, or else of whole channels, if those fit. */
export function* tilesOf(length: number, { slopes, inner }: Channels, most: number, lanes: number): Generator<Tile> {
  const all = slopes.length
  const run = all === 1 ? length : inner
  const period = run * all
  const unit = period <= most ? period : run <= most ? run : 1
  // What a tile does not cross.
  const whole = unit === period ? Infinity : unit === run ? period : run
  const longest = most - (most % unit)
  for (let start = 0, end = 0; start < length; start = end) {
    end = Math.min(start + longest, (Math.floor(start / whole) + 1) * whole, length)
    const count = end - start
    const firstChannel = Math.floor(start / run) % all
    const channels = Math.min(all, Math.ceil(count / run))
    yield { start, end, firstChannel, channels, inner: Math.min(run, count), lanes }
  }
}

/** How a workgroup stands over a tile: powers of two. */
export interface Shape {
  readonly width: number
  readonly channelsAtATime: number
  readonly blocks: number
  readonly rows: number
  readonly slices: number
  readonly rowsOfSlice: number
}

export function shapeOf({ start, end, channels, inner, lanes }: Tile): Shape {
  const width = Math.min(lanes, 1 << (31 - Math.clz32(inner)))
  // 1 << 32 is 1, which is right for one channel.
  const channelsAtATime = Math.min(lanes / width, 1 << (32 - Math.clz32(channels - 1)))
  const blocks = Math.ceil(inner / width)
  const rows = Math.ceil((end - start) / (channels * inner)) * blocks
  const rowsOfSlice = ROWS_PER_LANE * (lanes / (width * channelsAtATime))
  return { width, channelsAtATime, blocks, rows, slices: Math.ceil(rows / rowsOfSlice), rowsOfSlice }
}

/** The elements that the sum at this index of a tile's adds up, as ranges of their indices. */
export function* rangesOf(tile: Tile, index: number): Generator<readonly [from: number, to: number]> {
  const { width, blocks, rows, rowsOfSlice } = shapeOf(tile)
  const { start, end, channels, inner } = tile
  const slice = Math.floor(index / channels)
  for (let row = slice * rowsOfSlice; row < Math.min((slice + 1) * rowsOfSlice, rows); row++) {
    const run = start + (Math.floor(row / blocks) * channels + (index % channels)) * inner
    const from = run + (row % blocks) * width
    yield [from, Math.min(from + width, run + inner, end)]
  }
}
