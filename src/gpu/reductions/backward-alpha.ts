import bf16 from '../../../shaders/formats/bf16.wgsl?raw'
import f16 from '../../../shaders/formats/f16.wgsl?raw'
import vec4 from '../../../shaders/vector-width/vec4.wgsl?raw'
import { onceUnlessFailed } from '../../support/once.ts'
import { FOREVER, type Deadline, waitFor } from '../../support/deadlines.ts'
import type { Channels } from '../../activations/support/activation.ts'
import { type Shape, shapeOf, type Tile, type TileSums, tilesOf } from '../../operations/tiles.ts'
import type { FloatArray, FloatFormat } from '../../support/formats.ts'
import { declarationsOf } from '../../wgsl/source.ts'
import { declareWorkgroupSize, joiningSizeOf } from '../device/workgroup-size.ts'
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
  x: FloatArray,
  dy: FloatArray,
  deadline: Deadline = FOREVER,
  chunk = LARGEST_CHUNK,
  format: FloatFormat = 'f32',
): Promise<TileSums[]> {
  const lanes = joiningSizeOf(device)
  const tiles = [...tilesOf(x.length, channels, elementsAtATime(device, format, chunk), lanes)]
  const compiling = pipelineFor(device, channels, format)
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

type Pipelines = WeakMap<GPUDevice, Promise<GPUComputePipeline>>
const pipelines: Record<FloatFormat, Pipelines> = { f32: new WeakMap(), f16: new WeakMap(), bf16: new WeakMap() }

function pipelineFor(device: GPUDevice, channels: Channels, format: FloatFormat): Promise<GPUComputePipeline> {
  return onceUnlessFailed(pipelines[format], device, () => {
    const label = 'webgpu-activations backward-alpha'
    const code = `${declareWorkgroupSize(joiningSizeOf(device))}\n${kernelFor(channels, format)}`
    return compile(device, 'backward-alpha', () => ({
      label,
      layout: 'auto',
      compute: { module: device.createShaderModule({ label, code }), entryPoint: 'elementwise' },
    }))
  })
}

function kernelFor({ gradientShader, gradientParts }: Channels, format: FloatFormat): string {
  if (format === 'f32') return gradientShader
  const { single, arrays } = gradientParts
  const sources = [vec4, format === 'f16' ? f16 : bf16, gradientShader, single, arrays]
  return [...declarationsOf(sources.join('\n')).values()].join('')
}
