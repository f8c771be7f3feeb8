import type { OwnSource } from '../../activations/support/activation.ts'
import type { Deadline } from '../../support/deadlines.ts'
import { type DefinitionError, GpuError, GpuRefusal, textOf } from '../../support/errors.ts'
import { once, oncePer } from '../../support/once.ts'
import { ShaderStage } from '../device/constants.ts'
import { inErrorScopes } from '../device/error-scopes.ts'
import { errorIn } from './own-source.ts'
import { boundSlopes, compose, type ProgramSource, programKey } from './program.ts'

/**
 * The compiled programs of one device. One program serves every length and every parameter of its activation, and is
 * compiled once, however many ask for it at the same time.
 */
export class PipelineCache {
  readonly #device: GPUDevice
  readonly #layouts = new Map<string, GPUBindGroupLayout>()
  readonly #pipelines = new Map<string, GPUComputePipeline>()
  /** The keys of pipelines that are known to be valid: one made on the spot may not be. */
  readonly #proven = new Set<string>()
  readonly #compiling = new Map<string, Promise<void>>()
  /** The definitions whose WGSL was looked at, with the error found. */
  readonly #ownErrors = new Map<OwnSource, DefinitionError | undefined>()
  readonly #watchers: (() => void)[] = []

  constructor(device: GPUDevice) {
    this.#device = device
  }

  /** Calls back whenever a pipeline that was made on the spot is replaced by one that is known to be valid. */
  watch(onReplaced: () => void): void {
    this.#watchers.push(onReplaced)
  }

  /** The layout of bind group 0: parameters, geometry, and arrays that are written or not. */
  layout({ writable }: Pick<ProgramSource, 'writable'>): GPUBindGroupLayout {
    const types = writable.map(isWritable => (isWritable ? 'storage' : 'read-only-storage'))
    return this.#layout(['uniform', 'uniform', ...types])
  }

  /** The layout of bind group 1: slopes, and which of them are due. */
  slopesLayout(): GPUBindGroupLayout {
    return this.#layout(['read-only-storage', 'uniform'])
  }

  #layout(types: readonly GPUBufferBindingType[]): GPUBindGroupLayout {
    const label = `webgpu-activations ${types.join(', ')}`
    return once(this.#layouts, label, () => {
      const visibility = ShaderStage.COMPUTE
      const entries = types.map((type, binding) => ({ binding, visibility, buffer: { type } }))
      return this.#device.createBindGroupLayout({ label, entries })
    })
  }

  /**
   * The pipeline, compiled on the spot if need be.
   *
   * @throws DefinitionError when an error in a user's WGSL is known
   */
  pipeline(program: ProgramSource): GPUComputePipeline {
    this.#checkOwnSource(program)
    return once(this.#pipelines, programKey(program), () =>
      this.#device.createComputePipeline(this.#descriptor(program)),
    )
  }

  /**
   * Compiles a pipeline ahead of time, off the main thread where the browser can.
   *
   * @throws GpuError; DefinitionError for an error in a user's WGSL
   */
  prepare(program: ProgramSource): Promise<void> {
    const key = programKey(program)
    if (this.#proven.has(key)) return Promise.resolve()
    return once(this.#compiling, key, () => this.#compile(key, program).finally(() => this.#compiling.delete(key)))
  }

  /** Throws the error in a user's WGSL where it is known, or else begins to look for one. */
  #checkOwnSource({ activation }: ProgramSource): void {
    const source = activation?.ownSource
    if (source === undefined) return
    const known = this.#ownErrors.get(source)
    if (known !== undefined) throw known
    if (!this.#ownErrors.has(source)) void this.#findOwnError(source)
  }

  /** Looks for an error in a user's WGSL. Plans with such a program are dropped, so that their calls throw it. */
  async #findOwnError(source: OwnSource): Promise<DefinitionError | undefined> {
    if (!this.#ownErrors.has(source)) this.#ownErrors.set(source, undefined)
    const error = await errorIn(this.#device, source)
    if (error !== undefined && this.#ownErrors.get(source) === undefined) {
      this.#ownErrors.set(source, error)
      for (const onReplaced of this.#watchers) onReplaced()
    }
    return error
  }

  async #compile(key: string, program: ProgramSource): Promise<void> {
    const source = program.activation?.ownSource
    const ownError = source && (await this.#findOwnError(source))
    if (ownError !== undefined) throw ownError
    let pipeline: GPUComputePipeline
    try {
      pipeline = await compile(this.#device, key, () => this.#descriptor(program))
    } catch (error) {
      // It may have been one of these that the device refused.
      this.#layouts.clear()
      throw error
    }
    if (this.#pipelines.has(key)) for (const onReplaced of this.#watchers) onReplaced()
    this.#pipelines.set(key, pipeline)
    this.#proven.add(key)
  }

  #descriptor(program: ProgramSource): GPUComputePipelineDescriptor {
    const label = `webgpu-activations ${programKey(program)}`
    const bindGroupLayouts = [this.layout(program)]
    if (boundSlopes(program.activation) !== undefined) bindGroupLayouts.push(this.slopesLayout())
    return {
      label,
      layout: this.#device.createPipelineLayout({ label, bindGroupLayouts }),
      compute: {
        module: this.#device.createShaderModule({ label, code: compose(program, this.#device) }),
        entryPoint: 'elementwise',
      },
    }
  }
}

export const pipelineCacheOf = /* @__PURE__ */ oncePer((device: GPUDevice) => new PipelineCache(device))

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
  throw new GpuRefusal(`${name} does not compile: ${textOf(compiled.reason)}.`, { cause: compiled.reason })
}

/** The error of a program that is not compiled by its deadline. */
export function tooLate(name: string, { timeLimit }: Deadline): GpuError {
  return new GpuError(`The device did not compile ${name} within ${timeLimit} ms.`, {}, 'timeout')
}
