import process from 'node:process'
import { UsageError } from '../tools/command-line.ts'

const USAGE = `Usage: npm run bench -- overhead | gpu | diagnostics | tensorflow | threads | start [options]

  overhead     what a call costs the calling thread
  gpu          what every kernel takes, from Node
  diagnostics  what norms, statistics and slopes take beside a sum of as many bytes, from Node
  tensorflow   what activations take under TensorFlow.js, with its kernels and with these
  threads      what several threads of the CPU take beside one, from Node
  start        from the import to the first result, beside other libraries

Each prints its options with --help.
`

const [kind, ...words] = process.argv.slice(2)
try {
  process.exitCode = await main()
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  process.stderr.write(`${error.message} See npm run bench -- ${kind} --help\n`)
  process.exitCode = 2
}

async function main(): Promise<number> {
  if (kind === 'overhead') return (await import('./overhead.ts')).main(words)
  if (kind === 'gpu') return (await import('./gpu.ts')).main(words, 'activations')
  if (kind === 'diagnostics') return (await import('./gpu.ts')).main(words, 'diagnostics')
  if (kind === 'tensorflow') return (await import('./tensorflow.ts')).main(words)
  if (kind === 'threads') return (await import('./threads.ts')).main(words)
  if (kind === 'start') return (await import('./cold-start.ts')).main(words)
  const isHelp = kind === '--help' || kind === '-h'
  process[isHelp ? 'stdout' : 'stderr'].write(USAGE)
  return isHelp ? 0 : 2
}
