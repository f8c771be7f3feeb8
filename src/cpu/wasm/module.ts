import compressed from 'virtual:kernels'

/** The kernels, compiled but not instantiated, or in words why there are none. */
export type LoadedKernels = { readonly module: WebAssembly.Module } | { readonly missing: string }

let loading: Promise<LoadedKernels> | undefined

/** Compiles the kernels, once. Never rejects: whoever gets none computes without. */
export function loadKernels(): Promise<LoadedKernels> {
  return (loading ??= load())
}

async function load(): Promise<LoadedKernels> {
  if (typeof WebAssembly !== 'object') return { missing: 'There is no WebAssembly here.' }
  if (typeof DecompressionStream !== 'function') return { missing: 'There is no DecompressionStream here.' }
  try {
    const bytes = await decompress(Uint8Array.from(atob(compressed), letter => letter.charCodeAt(0)))
    if (!WebAssembly.validate(bytes)) return { missing: 'WebAssembly has no SIMD here.' }
    return { module: await WebAssembly.compile(bytes) }
  } catch (error) {
    // A Content-Security-Policy without wasm-unsafe-eval, for one.
    return { missing: `WebAssembly does not compile here: ${error instanceof Error ? error.message : String(error)}` }
  }
}

async function decompress(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
  const parts: Uint8Array<ArrayBuffer>[] = []
  // Not by a Response, for which Node loads its HTTP client.
  for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value)
  return new Blob(parts).arrayBuffer()
}
