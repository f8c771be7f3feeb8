import { onceUnlessFailed } from '../../support/once.ts'
import { FOREVER, type Deadline, waitFor } from '../../support/deadlines.ts'
import type { Channels } from '../../activations/support/activation.ts'
import { type Shape, shapeOf, type Tile, type TileSums, tilesOf } from '../../operations/tiles.ts'
import { declareWorkgroupSize, workgroupSizeOf } from '../device/workgroup-size.ts'
import { Grid } from '../plan/grid.ts'
import { compile, tooLate } from '../programs/programs.ts'
import { elementsAtATime, LARGEST_CHUNK, runTransfers, type Transfer } from '../transfer/round-trip.ts'
import { workspaceOf } from '../transfer/workspace.ts'

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
  deadline: Deadline = FOREVER,
  chunk = LARGEST_CHUNK,
): Promise<TileSums[]> {
  const lanes = workgroupSizeOf(device)
  const tiles = [...tilesOf(x.length, channels, elementsAtATime(device, 'f32', chunk), lanes)]
  const compiling = pipelineFor(device, channels.gradientShader)
  const pipeline = await waitFor(
    compiling,
    deadline,
    () => tooLate('backward-alpha', deadline),
    workspaceOf(device).compilations,
  )
  const results = tiles.map((tile): TileSums => {
    return { tile, sums: new Float32Array(shapeOf(tile).slices * tile.channels) }
  })

  function* transfers(): Generator<Transfer> {
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

  await runTransfers(device, transfers(), deadline)
  return results
}

function wordsOf({ start, end, channels, inner }: Tile, shape: Shape): Uint32Array<ArrayBuffer> {
  const { blocks, rows, slices, width, channelsAtATime } = shape
  return Uint32Array.of(end - start, inner, channels, blocks, rows, slices, width, channelsAtATime)
}

const pipelines = new WeakMap<GPUDevice, Promise<GPUComputePipeline>>()

function pipelineFor(device: GPUDevice, kernel: string): Promise<GPUComputePipeline> {
  return onceUnlessFailed(pipelines, device, () => {
    const label = 'webgpu-activations backward-alpha'
    const code = `${declareWorkgroupSize(workgroupSizeOf(device))}\n${kernel}`
    return compile(device, 'backward-alpha', () => ({
      label,
      layout: 'auto',
      compute: { module: device.createShaderModule({ label, code }), entryPoint: 'elementwise' },
    }))
  })
}
