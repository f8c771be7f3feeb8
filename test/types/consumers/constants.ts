// With @webgpu/types: the constants that the DOM library lacks.

import { createKernels, gelu } from 'webgpu-activations'

export function run(device: GPUDevice, elements: number): Promise<undefined> {
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC
  const [x, y] = [0, 1].map(() => ({ buffer: device.createBuffer({ size: 4 * elements, usage }) }))
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  createKernels(device).forward(pass, gelu(), { x: x!, y: y! })
  pass.end()
  device.queue.submit([encoder.finish()])
  return y!.buffer.mapAsync(GPUMapMode.READ)
}
