import type { Activation } from '../activations/activation.ts'
import scalarLanes from '../../shaders/lanes/scalar.wgsl?raw'
import vec4Lanes from '../../shaders/lanes/vec4.wgsl?raw'
import f32Format from '../../shaders/formats/f32.wgsl?raw'
import numerics from '../../shaders/numerics.wgsl?raw'
import backward from '../../shaders/kernels/backward.wgsl?raw'
import backwardOverDy from '../../shaders/kernels/backward-over-dy.wgsl?raw'
import backwardOverX from '../../shaders/kernels/backward-over-x.wgsl?raw'
import elementwise from '../../shaders/kernels/elementwise.wgsl?raw'
import forward from '../../shaders/kernels/forward.wgsl?raw'
import forwardOverX from '../../shaders/kernels/forward-over-x.wgsl?raw'
import { GpuError } from '../errors.ts'
import { ShaderStage } from './constants.ts'
import { inErrorScopes } from './error-scopes.ts'

/** How many elements an invocation takes at a time. */
export type Lanes = 'vec4' | 'scalar'

/** The kernels: for each its WGSL and its buffers, in the order of their bindings. The last is written, the others read. */
const KERNELS = {
  forward: { wgsl: forward, buffers: ['x', 'y'] },
  'forward-over-x': { wgsl: forwardOverX, buffers: ['y'] },
  backward: { wgsl: backward, buffers: ['x', 'dy', 'dx'] },
  'backward-over-dy': { wgsl: backwardOverDy, buffers: ['x', 'dx'] },
  'backward-over-x': { wgsl: backwardOverX, buffers: ['dy', 'dx'] },
} as const

export type KernelName = keyof typeof KERNELS

export const KERNEL_NAMES = Object.keys(KERNELS) as readonly KernelName[]

/** The names of the buffers a kernel binds, from binding 1 on. */
function buffersOf(kernel: KernelName): readonly string[] {
  return KERNELS[kernel].buffers
}

/** The WGSL of one program: lanes, format, numerics, activation and kernel, one after the other. */
function compose(activation: Activation, kernel: KernelName, lanes: Lanes): string {
  const width = lanes === 'vec4' ? vec4Lanes : scalarLanes
  return [width, f32Format, numerics, activation.shader, elementwise, KERNELS[kernel].wgsl].join('\n')
}

/**
 * The compiled programs of one device. One program serves every length and every parameter of its activation, and is
 * compiled once, however many ask for it at the same time.
 */
export class Programs {
  readonly #device: GPUDevice
  readonly #layouts = new Map<KernelName, GPUBindGroupLayout>()
  readonly #pipelines = new Map<string, GPUComputePipeline>()
  /** The keys of pipelines that are known to be valid: one made on the spot may not be. */
  readonly #proven = new Set<string>()
  readonly #compiling = new Map<string, Promise<void>>()

  constructor(device: GPUDevice) {
    this.#device = device
  }

  layout(kernel: KernelName): GPUBindGroupLayout {
    let layout = this.#layouts.get(kernel)
    if (layout === undefined) {
      const buffers = buffersOf(kernel)
      const entries: GPUBindGroupLayoutEntry[] = buffers.map((_, i) => ({
        binding: i + 1,
        visibility: ShaderStage.COMPUTE,
        buffer: { type: i === buffers.length - 1 ? 'storage' : 'read-only-storage' },
      }))
      entries.unshift({ binding: 0, visibility: ShaderStage.COMPUTE, buffer: { type: 'uniform' } })
      layout = this.#device.createBindGroupLayout({ label: `webgpu-activations ${kernel}`, entries })
      this.#layouts.set(kernel, layout)
    }
    return layout
  }

  /** The pipeline, compiled on the spot if need be. */
  pipeline(activation: Activation, kernel: KernelName, lanes: Lanes): GPUComputePipeline {
    const key = keyOf(activation, kernel, lanes)
    let pipeline = this.#pipelines.get(key)
    if (pipeline === undefined) {
      pipeline = this.#device.createComputePipeline(this.#descriptor(activation, kernel, lanes))
      this.#pipelines.set(key, pipeline)
    }
    return pipeline
  }

  /** Compiles a pipeline ahead of time, off the main thread where the browser can. @throws GpuError */
  prepare(activation: Activation, kernel: KernelName, lanes: Lanes): Promise<void> {
    const key = keyOf(activation, kernel, lanes)
    if (this.#proven.has(key)) return Promise.resolve()
    let compiling = this.#compiling.get(key)
    if (compiling === undefined) {
      compiling = this.#compile(key, activation, kernel, lanes).finally(() => this.#compiling.delete(key))
      this.#compiling.set(key, compiling)
    }
    return compiling
  }

  async #compile(key: string, activation: Activation, kernel: KernelName, lanes: Lanes): Promise<void> {
    const [compiling, accepted] = inErrorScopes(this.#device, `the program ${key}`, () =>
      this.#device.createComputePipelineAsync(this.#descriptor(activation, kernel, lanes)),
    )
    const [refusal, compiled] = await Promise.allSettled([accepted, compiling])
    if (refusal.status === 'rejected') throw refusal.reason
    if (compiled.status === 'rejected')
      throw new GpuError(`${key} does not compile: ${String(compiled.reason)}.`, { cause: compiled.reason })
    this.#pipelines.set(key, compiled.value)
    this.#proven.add(key)
  }

  #descriptor(activation: Activation, kernel: KernelName, lanes: Lanes): GPUComputePipelineDescriptor {
    const label = `webgpu-activations ${keyOf(activation, kernel, lanes)}`
    return {
      label,
      layout: this.#device.createPipelineLayout({ label, bindGroupLayouts: [this.layout(kernel)] }),
      compute: {
        module: this.#device.createShaderModule({ label, code: compose(activation, kernel, lanes) }),
        entryPoint: 'elementwise',
      },
    }
  }
}

function keyOf(activation: Activation, kernel: KernelName, lanes: Lanes): string {
  return `${activation.name} ${kernel} ${lanes}`
}
