import { deserialize, serialize } from 'node:v8'
import { init, runBaseTests, setupEnvironment } from 'vitest/worker'

// Vitest's worker in Deno, started by deno.ts. Messages travel as text: see there.

// Tests may replace what `process` has.
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
