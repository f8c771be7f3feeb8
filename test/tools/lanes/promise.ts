/** Where a test runs: tests read it with `inject('lane')`. The lane 'cpu' has no navigator.gpu. */
export type LaneName =
  'cpu' | 'node-swiftshader' | 'node-lavapipe' | 'node-gpu' | 'deno' | 'browser' | 'firefox' | 'page'

declare module 'vitest' {
  interface ProvidedContext {
    lane: LaneName
    /** The folder of the built page, in the lane of that name. */
    page: string
  }
}

/** What each lane promises: a vendor, and a word that the adapter's other names contain. */
const promises = {
  'node-swiftshader': { vendor: 'google', word: 'swiftshader' },
  'node-lavapipe': { vendor: 'mesa', word: 'llvmpipe' },
  // wgpu gives the number that Vulkan has for Mesa.
  deno: { vendor: '65541', word: 'llvmpipe' },
  browser: { vendor: 'google', word: 'swiftshader' },
} as const

export type AdapterDescription = Pick<
  GPUAdapterInfo,
  'vendor' | 'architecture' | 'device' | 'description' | 'isFallbackAdapter'
>

export function describeAdapter(info: AdapterDescription): string {
  const { vendor, architecture, device, description } = info
  const names = [`${vendor}/${architecture}`, description || device].filter(name => name !== '')
  return names.join(' ') + (info.isFallbackAdapter ? ' (software)' : '')
}

/** Why this adapter is not what the lane promised, or undefined when it is. */
export function brokenPromise(lane: LaneName, info: AdapterDescription | undefined): string | undefined {
  if (info === undefined) return 'no adapter'
  // Firefox names no adapter, so that no page knows its user by it. It is started with lavapipe's driver alone.
  if (lane === 'firefox') return info.isFallbackAdapter ? undefined : `no software adapter: ${describeAdapter(info)}`
  const names = `${info.architecture} ${info.device} ${info.description}`.toLowerCase()
  if (names.includes('null-backend') || info.vendor === '') return `Dawn's null backend: ${describeAdapter(info)}`
  if (lane === 'node-gpu') {
    return info.isFallbackAdapter ? `a software adapter, not a GPU: ${describeAdapter(info)}` : undefined
  }
  if (lane === 'cpu' || lane === 'page') return `the lane ${lane} promises no adapter`
  const promise = promises[lane]
  if (info.vendor === promise.vendor && names.includes(promise.word)) return undefined
  return `not ${promise.vendor}'s ${promise.word}: ${describeAdapter(info)}`
}
