import compressed from 'virtual:kernels'
import { messageOf } from '../../support/errors.ts'
import { platform } from '../../support/platform.ts'

/** The kernels, compiled but not instantiated, or the reason why they are missing. */
export type LoadedKernels = { readonly module: WebAssembly.Module } | { readonly missing: string }

const NEEDED = ['WebAssembly', 'DecompressionStream', 'Blob', 'atob'] as const

let loading: Promise<LoadedKernels> | undefined

/** Compiles the kernels, once. Never rejects: without kernels JavaScript computes. */
export function loadKernels(): Promise<LoadedKernels> {
  return (loading ??= compileKernels())
}

/** Compiles the kernels anew. Never rejects. */
export async function compileKernels(): Promise<LoadedKernels> {
  const lacking = NEEDED.find(name => platform(name) === undefined)
  if (lacking !== undefined) return { missing: `There is no ${lacking} here.` }
  const [WebAssembly, atob] = [platform('WebAssembly')!, platform('atob')!]
  try {
    const bytes = await decompress(Uint8Array.from(atob(compressed), letter => letter.charCodeAt(0)))
    if (!WebAssembly.validate(bytes)) return { missing: 'WebAssembly has no SIMD here.' }
    return { module: await WebAssembly.compile(bytes) }
  } catch (error) {
    // For example under a Content-Security-Policy without wasm-unsafe-eval.
    return { missing: `WebAssembly does not compile here: ${messageOf(error)}` }
  }
}

async function decompress(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const [Blob, DecompressionStream] = [platform('Blob')!, platform('DecompressionStream')!]
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
  const parts: Uint8Array<ArrayBuffer>[] = []
  // Not by a Response, because Node would load its HTTP client.
  for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value)
  return new Blob(parts).arrayBuffer()
}
