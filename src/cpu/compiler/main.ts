import { inspect } from 'node:util'
import { deflateRawSync } from 'node:zlib'
import { compile } from './compile.ts'
import { CompileError } from './errors.ts'

// Prints the library's WebAssembly, deflated and in base64. cached.js runs this file and caches its output.
try {
  process.stdout.write(deflateRawSync(await compile(), { level: 9 }).toString('base64'))
} catch (error) {
  // The message of a CompileError is complete; other errors are bugs and need their stack.
  process.stderr.write(error instanceof CompileError ? error.message : inspect(error))
  process.exitCode = 1
}
