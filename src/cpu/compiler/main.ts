import { deflateRawSync } from 'node:zlib'
import { compile } from './compile.ts'

// Prints the library's WebAssembly, compressed, as text. Who needs it asks cached.js.
process.stdout.write(deflateRawSync(await compile(), { level: 9 }).toString('base64'))
