// The partition of the sums for the gradient of slopes: a tensor is cut into tiles, and a tile into rows and slices.
// The kernel and its cross-check share the partition.

/** A part of a tensor that the GPU sums at a time: whole periods of all channels, or part of a period. */
export interface Tile {
  readonly start: number
  readonly end: number
  /** The channel of the first element, and the number of channels from it on. */
  readonly firstChannel: number
  readonly channels: number
  readonly inner: number
  /** The number of invocations in a workgroup. */
  readonly lanes: number
}

/** The partial sums of a tile, by channel within each slice. */
export interface TileSums {
  readonly tile: Tile
  readonly sums: Float32Array
}

const ROWS_PER_LANE = 64

/** Cuts a tensor into tiles of at most `most` elements: of whole periods, or else of whole channels, if those fit. */
export function* tilesOf(
  length: number,
  { slopes: { length: all }, inner }: { readonly slopes: { readonly length: number }; readonly inner: number },
  most: number,
  lanes: number,
): Generator<Tile> {
  const run = all === 1 ? length : inner
  const period = run * all
  const unit = period <= most ? period : run <= most ? run : 1
  // A tile does not cross a multiple of this.
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

/** The layout of a workgroup over a tile. `width` and `channelsAtATime` are powers of two. */
export interface Shape {
  readonly width: number
  readonly channelsAtATime: number
  readonly blocks: number
  readonly rows: number
  readonly slices: number
  readonly rowsOfSlice: number
}

/** @param width the number of adjacent invocations in a block */
export function shapeOf(
  { start, end, channels, inner, lanes }: Tile,
  width = Math.min(lanes, 1 << (31 - Math.clz32(inner))),
): Shape {
  // 1 << 32 is 1 in JavaScript, which is right for one channel.
  const channelsAtATime = Math.min(lanes / width, 1 << (32 - Math.clz32(channels - 1)))
  const blocks = Math.ceil(inner / width)
  const rows = Math.ceil((end - start) / (channels * inner)) * blocks
  const rowsOfSlice = ROWS_PER_LANE * (lanes / (width * channelsAtATime))
  return { width, channelsAtATime, blocks, rows, slices: Math.ceil(rows / rowsOfSlice), rowsOfSlice }
}

/** Returns the elements of one partial sum of a tile, as ranges of indices. */
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
