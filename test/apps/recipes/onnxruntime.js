import * as plain from 'onnxruntime-web'
import * as ort from 'onnxruntime-web/webgpu'
import { createKernels, relu } from 'webgpu-activations'
import { activate, useDevice } from 'webgpu-activations/onnxruntime'
import { run } from './onnxruntime.snippet.js'
import { finish } from './finish.js'

// docs/onnxruntime.md with the newest ONNX Runtime; test/page/neighbours.test.ts has 1.30. The model negates.
await finish(async expect => {
  const model = new Uint8Array(await (await fetch('./models/tiny/onnx/model.onnx')).arrayBuffer())
  const { device, activated } = await run({ model, picture: new ort.Tensor(Float32Array.of(2, 0.5, -0.5, -2)) })
  const gelued = [-0.0455003, -0.1542688, 0.3457312, 1.9544997]
  expect('the build for WebGPU', await activated.getData(true), gelued, 1e-6)

  const session = await plain.InferenceSession.create(model, useDevice(plain, device))
  const { y } = await session.run({ x: new plain.Tensor(Float32Array.of(2, 0.5, -2)) })
  const encoder = device.createCommandEncoder()
  const pass = encoder.beginComputePass()
  const ours = activate(createKernels(device), pass, y, relu())
  pass.end()
  device.queue.submit([encoder.finish()])
  expect('the plain build', await ours.getData(true), [0, 0, 2])
})
