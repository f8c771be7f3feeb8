import type { Choice } from '../report/choice.ts'
import { describe, findAdapter } from '../measure/gpu.ts'
import type { Environment } from '../report/rows.ts'

// Vite replaces it by the version.
// oxlint-disable-next-line no-underscore-dangle
declare const __LIBRARY_VERSION__: string

/** The adapter that the page runs on. */
export interface Surroundings {
  readonly adapter: Environment['adapter']
  /** The reason why there is no adapter. */
  readonly missing?: string
}

export async function findSurroundings(): Promise<Surroundings> {
  const found = await findAdapter()
  return 'missing' in found ? { adapter: null, missing: found.missing } : { adapter: describe(found.adapter) }
}

export function environmentOf({ adapter }: Surroundings, choice: Choice, peers: Environment['peers']): Environment {
  return {
    adapter,
    userAgent: navigator.userAgent,
    library: __LIBRARY_VERSION__,
    when: new Date().toISOString(),
    ...choice,
    ...(peers !== undefined && { peers }),
  }
}

/** Fills the environment card. @param found undefined while the adapter is unknown */
export function showSurroundings(card: HTMLElement, found: Surroundings | undefined): void {
  const { adapter = null, missing = '' } = found ?? {}
  const names = [adapter?.vendor, adapter?.architecture].filter(name => name !== undefined && name !== '')
  const details = [adapter?.description, adapter?.device].filter(name => name !== undefined && name !== '')
  const none = found === undefined ? 'not known yet' : 'none'
  const adapterFact = fact('GPU adapter', adapter === null ? none : names.join(' ') || 'unnamed', details.join(', '))
  if (adapter?.isFallbackAdapter === true) {
    const badge = document.createElement('span')
    badge.className = 'badge'
    badge.textContent = 'software adapter'
    badge.title = 'This adapter computes on the CPU: its numbers say nothing about a GPU.'
    adapterFact.querySelector('dd')?.append(' ', badge)
  }
  const threads = navigator.hardwareConcurrency
  card.replaceChildren(
    adapterFact,
    found === undefined
      ? fact('WebGPU', 'not known yet', 'waiting for an adapter')
      : fact('WebGPU', adapter === null ? 'not available' : 'available', missing),
    fact('Browser', browserName(), `${threads} logical CPU ${threads === 1 ? 'core' : 'cores'}`),
    fact('webgpu-activations', `version ${__LIBRARY_VERSION__}`, 'float32'),
  )
}

function fact(name: string, value: string, detail: string): HTMLElement {
  const group = document.createElement('div')
  const term = document.createElement('dt')
  term.textContent = name
  const description = document.createElement('dd')
  description.textContent = value
  group.append(term, description)
  if (detail !== '') {
    const small = document.createElement('dd')
    small.className = 'detail'
    small.textContent = detail
    group.append(small)
  }
  return group
}

function browserName(): string {
  const agent = navigator.userAgent
  // From the rarest to the commonest, since most user agents also name Safari, and many Chrome.
  for (const name of ['Edg', 'OPR', 'Firefox', 'HeadlessChrome', 'Chrome', 'Version']) {
    const version = new RegExp(`\\b${name}/(\\d+)`).exec(agent)?.[1]
    if (version !== undefined) return `${FAMILIAR_NAMES[name] ?? name} ${version}`
  }
  return agent
}

const FAMILIAR_NAMES: Readonly<Record<string, string>> = {
  Edg: 'Edge',
  OPR: 'Opera',
  HeadlessChrome: 'Headless Chrome',
  Version: 'Safari',
}
