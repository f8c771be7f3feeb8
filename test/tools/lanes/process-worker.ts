import { deserialize, serialize } from 'node:v8'
import { init, runBaseTests, setupEnvironment } from 'vitest/worker'

// Vitest's worker in Deno, and in other versions of Node. process-pool.ts starts it, and says why messages are text.

// Tests may replace members of `process`.
const [send, on, off] = [process.send!.bind(process), process.on.bind(process), process.off.bind(process)]
init({
  post: message => send(message),
  on: callback => on('message', callback),
  off: callback => off('message', callback),
  serialize: value => serialize(value).toString('base64'),
  deserialize: text => deserialize(Buffer.from(text as string, 'base64')),
  runTests: (state, traces) => runBaseTests('run', state, traces),
  collectTests: (state, traces) => runBaseTests('collect', state, traces),
  setup: setupEnvironment,
})
