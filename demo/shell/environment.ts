import type { Choice } from '../measure/choice.ts'
import { describe, findAdapter } from '../measure/gpu.ts'
import type { Environment } from '../measure/rows.ts'

// Vite replaces it by the version.
// oxlint-disable-next-line no-underscore-dangle
declare const __LIBRARY_VERSION__: string

/** The adapter that the page runs on. */
export interface Surroundings {
  readonly adapter: Environment['adapter']
  /** The reason why there is no adapter. */
  readonly missing?: string
  readonly limits?: Readonly<Record<string, number>>
  readonly features?: readonly string[]
}

export async function findSurroundings(): Promise<Surroundings> {
  const found = await findAdapter()
  if ('missing' in found) return { adapter: null, missing: found.missing }
  const { limits, features } = found.adapter
  return { adapter: describe(found.adapter), limits: limitsOf(limits), features: [...features].toSorted() }
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

/** The notice of a page without WebGPU. */
export function missingWebgpu(missing: string): string {
  return `No WebGPU here: ${missing}. Everything runs on the CPU. ${HOW_TO_GET_WEBGPU}`
}

export const HOW_TO_GET_WEBGPU =
  'Current versions of Chrome, Edge and Safari have WebGPU, and Firefox on Windows and macOS. Hardware acceleration has to be on;' +
  ' on Linux chrome://flags/#enable-unsafe-webgpu may help.'

/** True where the adapter computes on the CPU, so that its times say nothing about a GPU. */
export function isSoftware({ adapter }: Surroundings): boolean {
  return adapter?.isFallbackAdapter === true
}

/**
 * The environment in a line: the processor that the library takes by itself, the adapter, the cores.
 *
 * @param found undefined while the adapter is unknown
 */
export function environmentLine(found: Surroundings | undefined): string {
  const { adapter } = found ?? { adapter: null }
  const processor = adapter === null || adapter.isFallbackAdapter ? `CPU, ${cpuPath()}` : 'WebGPU'
  const threads = navigator.hardwareConcurrency
  const cores = `${threads} ${threads === 1 ? 'core' : 'cores'}`
  if (found === undefined) return `waiting for an adapter · ${cores}`
  return [processor, adapter === null ? 'no WebGPU' : nameOf(adapter), cores].join(' · ')
}

/** A badge for the corner of a chart: it appears where the adapter is a software one. */
export function softwareBadge(surroundings: Promise<Surroundings>): HTMLElement {
  const badge = document.createElement('span')
  badge.className = 'badge'
  badge.textContent = 'software adapter'
  badge.title = 'This adapter computes on the CPU: its numbers say nothing about a GPU.'
  badge.hidden = true
  void surroundings.then(found => {
    badge.hidden = !isSoftware(found)
  })
  return badge
}

/** Shows the environment: a line, and a card with the limits and the features. @param found undefined while the adapter is unknown */
export function showSurroundings(place: HTMLElement, found: Surroundings | undefined): void {
  const line = document.createElement('span')
  line.className = 'line'
  line.textContent = environmentLine(found)
  // A narrow window cuts the line off.
  line.title = line.textContent
  const summary = place.querySelector('summary')!
  summary.replaceChildren(line)
  if (found !== undefined && isSoftware(found)) summary.append(softwareBadge(Promise.resolve(found)))
  place.querySelector('dl')!.replaceChildren(...factsOf(found))
}

function factsOf(found: Surroundings | undefined): HTMLElement[] {
  const { adapter, missing = '', limits = {}, features = [] } = found ?? { adapter: null }
  const details = [adapter?.description, adapter?.device].filter(name => name !== undefined && name !== '')
  const none = found === undefined ? 'not known yet' : 'none'
  const isSoft = found !== undefined && isSoftware(found)
  const meaning = isSoft
    ? 'a software adapter: it computes on the CPU, so its times say nothing about a GPU'
    : 'a hardware adapter'
  return [
    fact('GPU adapter', adapter === null ? none : nameOf(adapter), details.join(', ')),
    fact('WebGPU', adapter === null ? none : meaning, missing && `${missing}. ${HOW_TO_GET_WEBGPU}`),
    fact('The CPU computes in', cpuPath(), ''),
    fact('Browser', browserName(), `${navigator.hardwareConcurrency} logical CPU cores`),
    fact('webgpu-activations', `version ${__LIBRARY_VERSION__}`, ''),
    ...Object.entries(limits).map(([name, value]) => fact(name, value.toLocaleString('en'), '')),
    ...(features.length === 0 ? [] : [fact('Features', '', features.join(', '), 'features')]),
  ]
}

function nameOf({ vendor, architecture }: NonNullable<Environment['adapter']>): string {
  return [vendor, architecture].filter(name => name !== '').join(' ') || 'unnamed adapter'
}

/** Names the CPU path of the library. A content security policy may forbid WebAssembly. */
function cpuPath(): string {
  try {
    // The smallest module: its magic number and version.
    return new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)) instanceof WebAssembly.Module
      ? 'WebAssembly'
      : 'JavaScript'
  } catch {
    return 'JavaScript'
  }
}

/** The limits by name: they are getters of the prototype. */
function limitsOf(limits: GPUSupportedLimits): Record<string, number> {
  const names = Object.keys(Object.getOwnPropertyDescriptors(Object.getPrototypeOf(limits)))
  const values = names.map(name => [name, Reflect.get(limits, name)] as const)
  return Object.fromEntries(values.filter((entry): entry is [string, number] => typeof entry[1] === 'number'))
}

function fact(name: string, value: string, detail: string, kind = ''): HTMLElement {
  const group = document.createElement('div')
  group.className = kind
  const term = document.createElement('dt')
  term.textContent = name
  group.append(term)
  for (const [text, className] of [
    [value, ''],
    [detail, 'detail'],
  ] as const) {
    if (text === '') continue
    const description = document.createElement('dd')
    description.className = className
    description.textContent = text
    group.append(description)
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
