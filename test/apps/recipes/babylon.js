import { finish } from './finish.js'
import { run } from './babylon.snippet.js'

// Headless Chromium 156 on SwiftShader loses its GPU process when a canvas is configured. This context draws into a texture.
const canvas = document.getElementById('canvas')
let configuration
let texture
canvas.getContext = () => ({
  configure: given => (configuration = given),
  getCurrentTexture: () => (texture ??= configuration.device.createTexture({ ...configuration, size: [300, 150] })),
})

await finish(async expect => {
  const { relued, gelued } = await run({ canvas })
  expect('relu by a kernel', relued, [0, 0, 0.5, 2])
  expect('gelu in a ComputeShader', gelued, [0, 0, 0.3457312, 1.9544997], 1e-6)
})
