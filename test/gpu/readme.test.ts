import { test } from 'vitest'
import * as library from '../../src/index.ts'
import { expectSameBits, scrambledBits } from '../support/float32.ts'
import { GuardedBuffer, inScopes, testDevice } from '../support/gpu.ts'
import { runSnippet } from '../support/readme.ts'
import { reluBackward, reluForward } from '../support/truth.ts'

test("the README's pass computes on the caller's buffers", async () => {
  const device = await testDevice()
  const x = scrambledBits(500, 1)
  const dy = scrambledBits(500, 2)
  await inScopes(device, async use => {
    // The snippet binds whole buffers, so there is no room for guards in them.
    const whole = (array: Float32Array<ArrayBuffer>): GPUBuffer => {
      const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_SRC | GPUBufferUsage.COPY_DST
      const buffer = use(device.createBuffer({ size: array.byteLength, usage }))
      device.queue.writeBuffer(buffer, 0, array)
      return buffer
    }
    const [input, gradient, output] = [whole(x), whole(dy), whole(new Float32Array(500))]
    await runSnippet(2, [], { ...library, device, input, gradient, output })
    const read = async (buffer: GPUBuffer): Promise<Float32Array> => {
      const copy = use(new GuardedBuffer(device, new Float32Array(500)))
      const encoder = device.createCommandEncoder()
      encoder.copyBufferToBuffer(buffer, 0, copy.binding.buffer, copy.binding.offset, 2000)
      device.queue.submit([encoder.finish()])
      return copy.read()
    }
    expectSameBits(await read(output), reluForward(x), { x })
    expectSameBits(await read(gradient), reluBackward(x, dy), { x, dy })
  })
})
