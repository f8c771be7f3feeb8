import { inspect } from 'node:util'
import { deflateRawSync } from 'node:zlib'
import { compile } from './compile.ts'
import { CompileError } from './errors.ts'

// Prints the library's WebAssembly, compressed, as text. Who needs it asks cached.js.
try {
  process.stdout.write(deflateRawSync(await compile(), { level: 9 }).toString('base64'))
} catch (error) {
  // Of an error in a shader the message says all there is to say.
  process.stderr.write(error instanceof CompileError ? error.message : inspect(error))
  process.exitCode = 1
}
