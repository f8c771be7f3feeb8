import { finish, quiet } from './finish.js'
import { run } from './litert.snippet.js'

quiet(/^(INFO|WARNING): \[\w+\.(cc|h):\d+\]/)

await finish(async expect => {
  const { activated } = await run({ wasm: new URL('./wasm/', location.href).href })
  expect('relu', await activated.data(), [0, 0, 0.5, 2])
})
