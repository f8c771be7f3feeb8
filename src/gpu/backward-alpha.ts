import { FOREVER, type Waiting, waitFor } from '../abort.ts'
import type { Channels } from '../activations/activation.ts'
import { declareWorkgroupSize, Grid, USUAL_WORKGROUP_SIZE, workgroupSizeOf } from './grid.ts'
import { compile, tooLate } from './programs.ts'
import { elementsAtATime, LARGEST_CHUNK, makeTrips, type Trip } from './round-trip.ts'
import { workspaceOf } from './workspace.ts'

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

/**
 * Sums up x * dy over the elements that are not positive, on the GPU: in parts, whose shapes depend on the tensor and on
 * the limits of the device alone. Its buffers go back to the pool of the device.
 *
 * A sum is off by at most 18 * 2^-24 of the magnitudes that it adds up, products included; subnormals may be flushed.
 *
 * @param chunk how many bytes of a tensor go at a time, at most
 * @throws GpuError when the device refuses or fails any step, has no memory for it or does not answer in time; the reason of
 * a signal
 */
export async function sumAlphaOnGpu(
  device: GPUDevice,
  channels: Channels,
  x: Float32Array,
  dy: Float32Array,
  waiting: Waiting = FOREVER,
  chunk = LARGEST_CHUNK,
): Promise<TileSums[]> {
  const lanes = workgroupSizeOf(device)
  const tiles = [...tilesOf(x.length, channels, elementsAtATime(device, 'f32', chunk), lanes)]
  const compiling = pipelineFor(device, channels.gradientShader)
  const pipeline = await waitFor(
    compiling,
    waiting,
    () => tooLate('backward-alpha', waiting),
    workspaceOf(device).compilations,
  )
  const results = tiles.map((tile): TileSums => {
    return { tile, sums: new Float32Array(shapeOf(tile).slices * tile.channels) }
  })

  function* trips(): Generator<Trip> {
    for (const { tile, sums } of results) {
      const { start, end } = tile
      const shape = shapeOf(tile)
      yield {
        what: `backwardAlpha over ${end - start} elements`,
        uploads: { shape: wordsOf(tile, shape), x: x.subarray(start, end), dy: dy.subarray(start, end) },
        others: { sums: sums.byteLength },
        record(pass, bound) {
          const entries = ['shape', 'x', 'dy', 'sums'].map((name, binding) => ({ binding, resource: bound[name]! }))
          pass.setPipeline(pipeline)
          pass.setBindGroup(0, device.createBindGroup({ layout: pipeline.getBindGroupLayout(0), entries }))
          const tasks = shape.slices * Math.ceil(tile.channels / shape.channelsAtATime)
          pass.dispatchWorkgroups(new Grid(device).workgroupsFor(tasks * lanes))
        },
        results: [['sums', sums]],
      }
    }
  }

  await makeTrips(device, trips(), waiting)
  return results
}

/** Cuts a tensor into tiles of at most so many elements: of whole periods, or else of whole channels, if those fit. */
export function* tilesOf(
  length: number,
  { slopes, inner }: Channels,
  most: number,
  lanes = USUAL_WORKGROUP_SIZE,
): Generator<Tile> {
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
interface Shape {
  readonly width: number
  readonly channelsAtATime: number
  readonly blocks: number
  readonly rows: number
  readonly slices: number
  readonly rowsOfSlice: number
}

function shapeOf({ start, end, channels, inner, lanes }: Tile): Shape {
  const width = Math.min(lanes, 1 << (31 - Math.clz32(inner)))
  // 1 << 32 is 1, which is right for one channel.
  const channelsAtATime = Math.min(lanes / width, 1 << (32 - Math.clz32(channels - 1)))
  const blocks = Math.ceil(inner / width)
  const rows = Math.ceil((end - start) / (channels * inner)) * blocks
  const rowsOfSlice = ROWS_PER_LANE * (lanes / (width * channelsAtATime))
  return { width, channelsAtATime, blocks, rows, slices: Math.ceil(rows / rowsOfSlice), rowsOfSlice }
}

function wordsOf({ start, end, channels, inner }: Tile, shape: Shape): Uint32Array<ArrayBuffer> {
  const { blocks, rows, slices, width, channelsAtATime } = shape
  return Uint32Array.of(end - start, inner, channels, blocks, rows, slices, width, channelsAtATime)
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

const pipelines = new WeakMap<GPUDevice, Promise<GPUComputePipeline>>()

function pipelineFor(device: GPUDevice, kernel: string): Promise<GPUComputePipeline> {
  let pipeline = pipelines.get(device)
  if (pipeline === undefined) {
    const label = 'webgpu-activations backward-alpha'
    const code = `${declareWorkgroupSize(workgroupSizeOf(device))}\n${kernel}`
    pipeline = compile(device, 'backward-alpha', () => ({
      label,
      layout: 'auto',
      compute: { module: device.createShaderModule({ label, code }), entryPoint: 'backward_alpha' },
    }))
    pipelines.set(device, pipeline)
    // What was refused once may compile the next time.
    pipeline.catch(() => pipelines.delete(device))
  }
  return pipeline
}
