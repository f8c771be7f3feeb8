import { InputError, wgsl } from '../../src/index.ts'
import { UsageError } from '../throughput/options.ts'
import { composedFor } from './composed.ts'
import { readOptions, USAGE } from './print-wgsl-options.ts'

// npm run wgsl: prints the WGSL that a device compiles.

try {
  const options = readOptions(process.argv.slice(2))
  if (options === undefined) process.stdout.write(USAGE)
  else {
    const { activation, program } = options
    process.stdout.write(
      program === undefined ? wgsl(activation) : composedFor(activation, program.direction, program.choice),
    )
  }
} catch (error) {
  // The library refuses programs that an activation does not have.
  if (!(error instanceof UsageError || error instanceof InputError)) throw error
  console.error(`${error.message} See npm run wgsl -- --help`)
  process.exitCode = 2
}
