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

/** Lavapipe's Vulkan driver: Debian writes lvp_icd.json, or lvp_icd.x86_64.json as other systems do. */
export function findLavapipe(
  folders = ['/usr/share/vulkan/icd.d', '/usr/local/share/vulkan/icd.d'],
): string | undefined {
  const architectures: Record<string, string> = { x64: 'x86_64', arm64: 'aarch64' }
  const names = ['lvp_icd.json', `lvp_icd.${architectures[process.arch] ?? process.arch}.json`]
  for (const folder of folders) {
    if (!existsSync(folder)) continue
    const found = readdirSync(folder).find(name => names.includes(name))
    if (found !== undefined) return join(folder, found)
  }
  return undefined
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
