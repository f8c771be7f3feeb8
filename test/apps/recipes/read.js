/** Reads float32 from a buffer of a device. */
export async function read(device, buffer, elements) {
  const size = 4 * elements
  const copy = device.createBuffer({ size, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST })
  const encoder = device.createCommandEncoder()
  encoder.copyBufferToBuffer(buffer, 0, copy, 0, size)
  device.queue.submit([encoder.finish()])
  await copy.mapAsync(GPUMapMode.READ)
  return [...new Float32Array(copy.getMappedRange())]
}
