import { existsSync, readdirSync, realpathSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { errorLine, runCommand } from '../command.ts'
import { brokenPromise, describeAdapter, type AdapterDescription } from './promise.ts'

export type DawnLane = 'node-swiftshader' | 'node-lavapipe' | 'node-gpu'

/** SwiftShader's Vulkan driver, which Chromium keeps beside its binary. */
export function findSwiftShader(chromiumPath: string): string | undefined {
  // Debian's /usr/bin/chromium is a shell script; the browser itself is in /usr/lib/chromium.
  const folders = [dirname(realpathSync(chromiumPath)), '/usr/lib/chromium', '/usr/lib/chromium-browser']
  return folders.map(folder => join(folder, 'vk_swiftshader_icd.json')).find(path => existsSync(path))
}

const DRIVER_FOLDERS = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d']
const ARCHITECTURES: Readonly<Record<string, string>> = { x64: 'x86_64', arm64: 'aarch64' }
const ARCHITECTURE = ARCHITECTURES[process.arch] ?? process.arch

/** Lavapipe's Vulkan driver: Debian writes lvp_icd.json, or lvp_icd.x86_64.json as other systems do. */
export function findLavapipe(folders: readonly string[] = DRIVER_FOLDERS): string | undefined {
  return findDriver('lvp', folders)
}

function findDriver(name: string, folders: readonly string[]): string | undefined {
  const names = [`${name}_icd.json`, `${name}_icd.${ARCHITECTURE}.json`]
  for (const folder of folders) {
    if (!existsSync(folder)) continue
    const found = readdirSync(folder).find(file => names.includes(file))
    if (found !== undefined) return join(folder, found)
  }
  return undefined
}

/** Mesa's driver for AMD's GPUs, and the library that stands for the kernel's part and for a GPU. */
export interface AmdCompilers {
  readonly driver: string
  readonly shim: string
}

export function findAmdCompilers(
  folders: readonly string[] = DRIVER_FOLDERS,
  libraries: readonly string[] = [`/usr/lib/${ARCHITECTURE}-linux-gnu`, '/usr/lib64', '/usr/lib'],
): AmdCompilers | undefined {
  const driver = findDriver('radeon', folders)
  const shim = libraries.map(folder => join(folder, 'libamdgpu_noop_drm_shim.so')).find(path => existsSync(path))
  return driver === undefined || shim === undefined ? undefined : { driver, shim }
}

/** The environment that makes Dawn see this Vulkan driver and no other. */
export function driverEnvironment(driver: string | undefined): Record<string, string> {
  // An older loader knows only the second name.
  return driver === undefined ? {} : { VK_DRIVER_FILES: driver, VK_ICD_FILENAMES: driver }
}

/**
 * Asks Dawn, in a process of its own, for the lane's adapter. A process of its own, because Dawn reads the driver from
 * the environment once, and because a driver may crash.
 */
export async function probeDriver(
  lane: DawnLane,
  driver: string | undefined,
): Promise<{ works: true; adapter: string } | { works: false; reason: string }> {
  const script = fileURLToPath(new URL('./probe.ts', import.meta.url))
  const result = await runCommand(process.execPath, ['--import', 'tsx', script], {
    seconds: 60,
    environment: { ...process.env, ...driverEnvironment(driver) },
  })
  const answer = /^adapter (.*)$/m.exec(result.output)?.[1]
  if (answer === undefined) return { works: false, reason: `Dawn does not run here: ${errorLine(result)}` }
  const info = (JSON.parse(answer) as AdapterDescription | null) ?? undefined
  const broken = brokenPromise(lane, info)
  if (broken !== undefined || info === undefined) return { works: false, reason: broken ?? 'no adapter' }
  return { works: true, adapter: describeAdapter(info) }
}
