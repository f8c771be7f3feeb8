import { finish } from './finish.js'
import { read } from './read.js'
import { run } from './three.snippet.js'

await finish(async expect => {
  const { renderer, device, values, buffer } = await run({})
  // gelu by three.js, then relu by a kernel.
  expect('relu of gelu', await read(device, buffer, 4), [0, 0, 0.3457312, 1.9544997], 1e-6)
  expect(
    'as three.js reads it',
    new Float32Array(await renderer.getArrayBufferAsync(values)),
    [0, 0, 0.3457312, 1.9544997],
    1e-6,
  )
})
