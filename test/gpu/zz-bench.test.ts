import { test } from 'vitest'
import { createDispatcher, createKernels, leakyRelu, prelu, reglu, relu, swiglu, silu } from '../../src/index.ts'
import { sumAlphaOnGpu } from '../../src/gpu/backward-alpha.ts'
import { sumAlphaOnCpu } from '../../src/cpu/backward-alpha.ts'
import { requestDevice } from '../../src/gpu/device.ts'

test('bench', async () => {
  const device = await requestDevice()
  const n = 2 ** 22
  const kernels = createKernels(device)
  const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST
  const mk = () => ({ buffer: device.createBuffer({ size: n * 4, usage }) })
  const [a, b, c, d, e] = [mk(), mk(), mk(), mk(), mk()]
  const x = Float32Array.from({ length: n }, (_, i) => Math.sin(i * 12.9898) * 3)
  for (const { buffer } of [a, b, c]) device.queue.writeBuffer(buffer, 0, x)
  const time = async (name: string, record: (pass: GPUComputePassEncoder) => void) => {
    const times: number[] = []
    for (let run = 0; run < 12; run++) {
      const encoder = device.createCommandEncoder()
      const pass = encoder.beginComputePass()
      record(pass)
      pass.end()
      const t = process.cpuUsage()
      device.queue.submit([encoder.finish()])
      await device.queue.onSubmittedWorkDone()
      const u = process.cpuUsage(t)
      times.push((u.user + u.system) / 1000)
    }
    times.sort((p, q) => p - q)
    console.log(name, times[0]!.toFixed(2), times[4]!.toFixed(2))
  }
  const slopes = (count: number) => Float32Array.from({ length: count }, (_, i) => 0.1 + i / 100)
  const acts = { relu: relu(), silu: silu(), leaky: leakyRelu(), prelu64_1: prelu({ alpha: slopes(64) }), prelu64_3136: prelu({ alpha: slopes(64), inner: 3136 }), prelu3_2: prelu({ alpha: slopes(3), inner: 2 }) }
  for (const [name, act] of Object.entries(acts)) {
    await time(`${name} forward`, pass => kernels.forward(pass, act, { x: a, y: d }))
    await time(`${name} backward`, pass => kernels.backward(pass, act, { x: a, dy: b, dx: d }))
  }
  for (const pair of [reglu(), swiglu()]) {
    await time(`${pair} forward`, pass => kernels.forward(pass, pair, { gate: a, up: b, y: d }))
    await time(`${pair} backward`, pass => kernels.backward(pass, pair, { gate: a, up: b, dy: c, dGate: d, dUp: e }))
  }
  for (const [count, inner] of [[1, 1], [3, 1], [64, 1], [64, 3136], [4096, 1], [64, 7]] as const) {
    const channels = prelu({ alpha: slopes(count), inner }).channels!
    const times: number[] = []
    const cpu: number[] = []
    for (let i = 0; i < 5; i++) {
      let t = performance.now()
      await sumAlphaOnGpu(device, channels, x, x)
      times.push(performance.now() - t)
      t = performance.now()
      sumAlphaOnCpu(channels, x, x)
      cpu.push(performance.now() - t)
    }
    console.log('alpha', count, inner, Math.min(...times).toFixed(1), 'cpu', Math.min(...cpu).toFixed(1))
  }
  const dispatcher = await createDispatcher({ processor: 'webgpu', device, crossCheck: 'off' })
  const t = performance.now()
  await dispatcher.backward(relu(), x, x)
  console.log('roundtrip relu backward', performance.now() - t)
}, 120000)
