import { finish } from './finish.js'
import { run } from './jax.snippet.js'
import { read } from './read.js'

await finish(async expect => {
  const { device, output } = await run({})
  expect('relu', await read(device, output, 3), [0, 1, 6])
})
