import type { Computation } from '../../../measure/computation.ts'

/** The WGSL of this library that devices were given. */
export class Programs {
  readonly #code = new Map<string, string>()

  /** Takes down what a device compiles from here on. */
  watch(device: GPUDevice): void {
    const createShaderModule = device.createShaderModule.bind(device)
    device.createShaderModule = descriptor => {
      // `webgpu-activations relu forward f32 …`
      const [library, program, direction] = descriptor.label?.split(' ') ?? []
      const name = `${program} ${direction}`
      if (library === 'webgpu-activations' && !this.#code.has(name)) this.#code.set(name, descriptor.code)
      return createShaderModule(descriptor)
    }
  }

  /** The program that a computation ran; undefined where it did not run on WebGPU. */
  of({ activation, direction }: Computation): string | undefined {
    return this.#code.get(`${activation.programName} ${direction}`)
  }
}
