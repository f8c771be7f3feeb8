import { defaultDevice, init, nn, numpy } from '@jax-js/jax'

export async function relu(x: Float32Array<ArrayBuffer>): Promise<Float32Array> {
  if (!(await init('webgpu')).includes('webgpu')) throw new Error('jax-js has no WebGPU here')
  defaultDevice('webgpu')
  return (await nn.relu(numpy.array(x)).data()) as Float32Array
}
