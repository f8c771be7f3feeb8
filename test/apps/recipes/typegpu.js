import { finish } from './finish.js'
import { run } from './typegpu.snippet.js'

await finish(async expect => {
  const { relued, gelued } = await run({})
  expect('relu of a buffer', relued, [0, 0, 0.5, 2])
  expect('gelu within a function', gelued, [-0.0455003, -0.1542688, 0.3457312, 1.9544997], 1e-6)
})
