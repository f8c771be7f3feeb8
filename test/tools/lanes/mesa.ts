import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { administrator, installPackages, runAsAdministrator } from '../apt.ts'
import { errorLine } from '../command.ts'
import { backportsSource, readAptSources } from './apt-sources.ts'
import { findAmdCompilers, findLavapipe, probeDriver } from './drivers.ts'

/** The fields of /etc/os-release. */
function readRelease(path = '/etc/os-release'): Record<string, string> {
  if (!existsSync(path)) return {}
  const matches = readFileSync(path, 'utf8').matchAll(/^([A-Z_]+)="?([^"\n]*)"?$/gm)
  return Object.fromEntries([...matches].map(([, name = '', value = '']) => [name, value]))
}

/** Adds bookworm-backports to apt, unless it is there; returns what went wrong, or undefined. */
async function addBackports(prefix: readonly string[]): Promise<string | undefined> {
  const source = backportsSource(readAptSources(), 'bookworm')
  if (source === 'present') return undefined
  if (source === undefined) return 'apt has no source of bookworm to take bookworm-backports from'
  const folder = mkdtempSync(join(tmpdir(), 'backports-'))
  try {
    const file = join(folder, 'bookworm-backports.sources')
    writeFileSync(file, source)
    const copy = ['install', '-m', '644', file, '/etc/apt/sources.list.d/bookworm-backports.sources']
    const result = await runAsAdministrator(prefix, copy, 10)
    return result.ok ? undefined : errorLine(result)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/**
 * Installs Mesa's lavapipe and the Vulkan loader where lavapipe does not work yet and apt can install it. Returns what
 * went wrong, or undefined.
 */
export async function provideMesa(): Promise<string | undefined> {
  const driver = findLavapipe()
  if (driver !== undefined && (await probeDriver('node-lavapipe', driver)).works) return undefined
  return install("Mesa's Vulkan drivers", ['libvulkan1', 'mesa-vulkan-drivers'])
}

/** Installs AMD's drivers and what stands for their GPUs, where they are missing and apt can install them; returns what went wrong. */
export async function provideAmdCompilers(): Promise<string | undefined> {
  if (findAmdCompilers() !== undefined) return undefined
  return install("Mesa's shim of AMD's GPUs", ['libvulkan1', 'mesa-vulkan-drivers', 'mesa-drm-shim'])
}

async function install(title: string, packages: readonly string[]): Promise<string | undefined> {
  const prefix = await administrator()
  if (prefix === undefined) return 'apt-get cannot install Mesa here'

  const release = readRelease()
  // Debian 12's own Mesa is 22.3; the lanes need 25.
  const needsBackports = release['ID'] === 'debian' && release['VERSION_ID'] === '12'
  process.stderr.write(`Installing ${title}${needsBackports ? ' from bookworm-backports' : ''} (apt-get) ...\n`)
  const failure = needsBackports ? await addBackports(prefix) : undefined
  return failure ?? (await installPackages(prefix, packages, needsBackports ? 'bookworm-backports' : undefined))
}
