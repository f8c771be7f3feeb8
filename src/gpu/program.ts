import type { Activation, Kernel } from '../activations/activation.ts'
import type { GatedActivation } from '../activations/gated.ts'
import scalarLanes from '../../shaders/lanes/scalar.wgsl?raw'
import vec4Lanes from '../../shaders/lanes/vec4.wgsl?raw'
import f32Format from '../../shaders/formats/f32.wgsl?raw'
import bits from '../../shaders/numerics/bits.wgsl?raw'
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

/** The kernels of an activation that takes one tensor. */
export const KERNELS = {
  forward: { name: 'forward', wgsl: forward, reads: 1, writes: 1 },
  forwardOverX: { name: 'forward-over-x', wgsl: forwardOverX, reads: 0, writes: 1 },
  backward: { name: 'backward', wgsl: backward, reads: 2, writes: 1 },
  backwardOverDy: { name: 'backward-over-dy', wgsl: backwardOverDy, reads: 1, writes: 1 },
  backwardOverX: { name: 'backward-over-x', wgsl: backwardOverX, reads: 1, writes: 1 },
} as const satisfies Record<string, Kernel>

/** What has a program. */
export type Programmed = Activation | GatedActivation

/** The slopes that an activation finds in bind group 1. Where there is one only, it is a parameter. */
export function boundSlopes(activation: Programmed): readonly number[] | undefined {
  const slopes = 'channels' in activation ? activation.channels?.slopes : undefined
  return slopes !== undefined && slopes.length > 1 ? slopes : undefined
}

/** The WGSL of one program: lanes, format, numerics, activation and kernel, one after the other. */
function compose(activation: Programmed, kernel: Kernel, lanes: Lanes): string {
  const width = lanes === 'vec4' ? vec4Lanes : scalarLanes
  return [width, f32Format, bits, ...activation.shader, elementwise, kernel.wgsl].join('\n')
}

/**
 * The compiled programs of one device. One program serves every length and every parameter of its activation, and is
 * compiled once, however many ask for it at the same time.
 */
export class Programs {
  readonly #device: GPUDevice
  readonly #layouts = new Map<string, GPUBindGroupLayout>()
  readonly #pipelines = new Map<string, GPUComputePipeline>()
  /** The keys of pipelines that are known to be valid: one made on the spot may not be. */
  readonly #proven = new Set<string>()
  readonly #compiling = new Map<string, Promise<void>>()

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** The layout of bind group 0: the parameters, and the buffers of a kernel. */
  layout({ reads, writes }: Kernel): GPUBindGroupLayout {
    const types = Array.from({ length: reads + writes }, (_, i) => (i < reads ? 'read-only-storage' : 'storage'))
    return this.#layout(['uniform', ...(types as GPUBufferBindingType[])])
  }

  /** The layout of bind group 1: slopes, and which of them are due. */
  slopesLayout(): GPUBindGroupLayout {
    return this.#layout(['read-only-storage', 'uniform'])
  }

  #layout(types: readonly GPUBufferBindingType[]): GPUBindGroupLayout {
    const label = `webgpu-activations ${types.join(', ')}`
    let layout = this.#layouts.get(label)
    if (layout === undefined) {
      const visibility = ShaderStage.COMPUTE
      const entries = types.map((type, binding) => ({ binding, visibility, buffer: { type } }))
      layout = this.#device.createBindGroupLayout({ label, entries })
      this.#layouts.set(label, layout)
    }
    return layout
  }

  /** The pipeline, compiled on the spot if need be. */
  pipeline(activation: Programmed, kernel: Kernel, lanes: Lanes): GPUComputePipeline {
    const key = keyOf(activation, kernel, lanes)
    let pipeline = this.#pipelines.get(key)
    if (pipeline === undefined) {
      pipeline = this.#device.createComputePipeline(this.#descriptor(activation, kernel, lanes))
      this.#pipelines.set(key, pipeline)
    }
    return pipeline
  }

  /** Compiles a pipeline ahead of time, off the main thread where the browser can. @throws GpuError */
  prepare(activation: Programmed, kernel: Kernel, lanes: Lanes): Promise<void> {
    const key = keyOf(activation, kernel, lanes)
    if (this.#proven.has(key)) return Promise.resolve()
    let compiling = this.#compiling.get(key)
    if (compiling === undefined) {
      compiling = this.#compile(key, activation, kernel, lanes).finally(() => this.#compiling.delete(key))
      this.#compiling.set(key, compiling)
    }
    return compiling
  }

  async #compile(key: string, activation: Programmed, kernel: Kernel, lanes: Lanes): Promise<void> {
    const pipeline = await compile(this.#device, key, () => this.#descriptor(activation, kernel, lanes))
    this.#pipelines.set(key, pipeline)
    this.#proven.add(key)
  }

  #descriptor(activation: Programmed, kernel: Kernel, lanes: Lanes): GPUComputePipelineDescriptor {
    const label = `webgpu-activations ${keyOf(activation, kernel, lanes)}`
    const bindGroupLayouts = [this.layout(kernel)]
    if (boundSlopes(activation) !== undefined) bindGroupLayouts.push(this.slopesLayout())
    return {
      label,
      layout: this.#device.createPipelineLayout({ label, bindGroupLayouts }),
      compute: {
        module: this.#device.createShaderModule({ label, code: compose(activation, kernel, lanes) }),
        entryPoint: 'elementwise',
      },
    }
  }
}

function keyOf(activation: Programmed, kernel: Kernel, lanes: Lanes): string {
  return `${activation.program} ${kernel.name} ${lanes}`
}

/** Compiles a pipeline off the main thread where the browser can. @throws GpuError */
export async function compile(
  device: GPUDevice,
  name: string,
  descriptor: () => GPUComputePipelineDescriptor,
): Promise<GPUComputePipeline> {
  const [compiling, accepted] = inErrorScopes(device, `the program ${name}`, () =>
    device.createComputePipelineAsync(descriptor()),
  )
  const [refusal, compiled] = await Promise.allSettled([accepted, compiling])
  if (refusal.status === 'rejected') throw refusal.reason
  if (compiled.status === 'fulfilled') return compiled.value
  throw new GpuError(`${name} does not compile: ${String(compiled.reason)}.`, { cause: compiled.reason })
}
