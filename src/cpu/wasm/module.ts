import compressed from 'virtual:kernels'
import { messageOf } from '../../support/errors.ts'
import { oncePer } from '../../support/once.ts'
import { platform } from '../../support/platform.ts'

/** The kernels, compiled but not instantiated, or the reason why they are missing. */
export type LoadedKernels = { readonly module: WebAssembly.Module } | { readonly missing: string }

const NEEDED = ['WebAssembly', 'DecompressionStream', 'Blob', 'atob'] as const

let loading: Promise<LoadedKernels> | undefined
let loadingShared: Promise<WebAssembly.Module> | undefined

/** Compiles the kernels, once. Never rejects: without kernels JavaScript computes. */
export function loadKernels(): Promise<LoadedKernels> {
  return (loading ??= compileKernels())
}

/** Compiles the kernels anew. Never rejects. */
export async function compileKernels(): Promise<LoadedKernels> {
  const lacking = NEEDED.find(name => platform(name) === undefined)
  if (lacking !== undefined) return { missing: `There is no ${lacking} here.` }
  const WebAssembly = platform('WebAssembly')!
  try {
    const bytes = await decoded()
    if (!WebAssembly.validate(bytes)) return { missing: 'WebAssembly has no SIMD here.' }
    return { module: await WebAssembly.compile(bytes) }
  } catch (error) {
    // For example under a Content-Security-Policy without wasm-unsafe-eval.
    return { missing: `WebAssembly does not compile here: ${messageOf(error)}` }
  }
}

/** Compiles the kernels for shared memory, once. @throws (by rejection) CompileError where the engine refuses it */
export function loadSharedKernels(): Promise<WebAssembly.Module> {
  return (loadingShared ??= decoded().then(bytes => platform('WebAssembly')!.compile(withSharedMemory(bytes))))
}

// The import section: its number and size, and one import, of a memory of one page or more. Shared memory needs a maximum,
// 65,536 pages, and a flag of the proposal for threads; all else of the binary is the same.
const importSection = (size: number, ...limits: number[]): number[] => {
  const name = (text: string): number[] => [text.length, ...Array.from(text, letter => letter.charCodeAt(0))]
  return [2, size, 1, ...name('env'), ...name('memory'), 2, ...limits]
}
const UNSHARED = /* @__PURE__ */ importSection(15, 0, 1)
const SHARED = /* @__PURE__ */ importSection(18, 3, 1, 0x80, 0x80, 4)

function withSharedMemory(buffer: ArrayBuffer): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(buffer)
  const start = bytes.findIndex((_, i) => UNSHARED.every((byte, j) => bytes[i + j] === byte))
  const shared = new Uint8Array(bytes.length + SHARED.length - UNSHARED.length)
  shared.set(bytes.subarray(0, start))
  shared.set(SHARED, start)
  shared.set(bytes.subarray(start + UNSHARED.length), start + SHARED.length)
  return shared
}

/** Returns the names of the kernels that the compiler has marked: a bit for each export, in their order. */
export const longKernels = /* @__PURE__ */ oncePer((module: WebAssembly.Module): ReadonlySet<string> => {
  const { Module } = platform('WebAssembly')!
  const [bits] = Module.customSections(module, 'long').map(section => new Uint8Array(section))
  const names = Module.exports(module).map(({ name }) => name)
  return new Set(names.filter((_, i) => (bits![i >> 3]! & (1 << (i & 7))) !== 0))
})

function decoded(): Promise<ArrayBuffer> {
  return decompress(Uint8Array.from(platform('atob')!(compressed), letter => letter.charCodeAt(0)))
}

async function decompress(bytes: Uint8Array<ArrayBuffer>): Promise<ArrayBuffer> {
  const [Blob, DecompressionStream] = [platform('Blob')!, platform('DecompressionStream')!]
  const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate-raw')).getReader()
  const parts: Uint8Array<ArrayBuffer>[] = []
  // Not by a Response, because Node would load its HTTP client.
  for (let part = await reader.read(); !part.done; part = await reader.read()) parts.push(part.value)
  return new Blob(parts).arrayBuffer()
}
