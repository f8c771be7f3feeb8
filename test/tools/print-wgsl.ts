import { InputError, wgsl } from '../../src/index.ts'
import { runCommandLine, UsageError } from './command-line.ts'
import { composedFor } from './composed.ts'
import { readOptions, USAGE } from './print-wgsl-options.ts'

// npm run wgsl: prints the WGSL that a device compiles.

await runCommandLine('wgsl', USAGE, readOptions, ({ activation, program }) => {
  try {
    process.stdout.write(
      program === undefined ? wgsl(activation) : composedFor(activation, program.direction, program.choice),
    )
    return 0
  } catch (error) {
    // The library refuses programs that an activation does not have.
    if (!(error instanceof InputError)) throw error
    throw new UsageError(error.message)
  }
})
