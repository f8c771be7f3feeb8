import { findChromium } from '../chromium.ts'
import { findLavapipe, findSwiftShader, probeDriver } from './drivers.ts'

/** The Vitest projects that a whole run has. The project `node` runs the lane 'cpu' and all that needs no processor. */
export const projectNames = ['node', 'node-swiftshader', 'node-lavapipe', 'browser', 'page'] as const
type ProjectName = (typeof projectNames)[number] | 'node-gpu'

/** Whether a project can run on this machine, on what, or why not. */
export type Lane =
  | { project: ProjectName; on: true; runsOn: string; driver?: string }
  | { project: ProjectName; on: false; reason: string }

async function dawnLane(
  project: 'node-swiftshader' | 'node-lavapipe',
  driver: string | undefined,
  missing: string,
): Promise<Lane> {
  if (driver === undefined) return { project, on: false, reason: missing }
  const probe = await probeDriver(project, driver)
  if (!probe.works) return { project, on: false, reason: `${driver}: ${probe.reason}` }
  return { project, on: true, runsOn: probe.adapter, driver }
}

function lookForChromium(): { path: string | undefined; missing: string } {
  try {
    return { path: findChromium(), missing: 'no Chromium: install it, or set CHROMIUM_PATH' }
  } catch (error) {
    return { path: undefined, missing: error instanceof Error ? error.message : String(error) }
  }
}

/** Looks for what each lane needs. Installs nothing. */
export async function findLanes(): Promise<Lane[]> {
  const { path: chromium, missing } = lookForChromium()
  const swiftShader = chromium === undefined ? undefined : findSwiftShader(chromium)
  const noSwiftShader = chromium === undefined ? missing : `no vk_swiftshader_icd.json beside ${chromium}`
  const noLavapipe = "no Mesa lavapipe 25 or newer: install your system's Mesa Vulkan drivers"
  const inChromium = (project: 'browser' | 'page'): Lane =>
    chromium === undefined ? { project, on: false, reason: missing } : { project, on: true, runsOn: chromium }

  const lanes: Lane[] = [
    { project: 'node', on: true, runsOn: `Node ${process.versions.node}, CPU` },
    ...(await Promise.all([
      dawnLane('node-swiftshader', swiftShader, noSwiftShader),
      dawnLane('node-lavapipe', findLavapipe(), noLavapipe),
    ])),
    inChromium('browser'),
    inChromium('page'),
  ]
  // A real GPU is asked for by name; its setup fails where there is none, so it needs no probe.
  if (process.env['WEBGPU_LANE'] === 'hardware') {
    lanes.push({ project: 'node-gpu', on: true, runsOn: "this machine's GPU (WEBGPU_LANE=hardware)" })
  }
  return lanes
}

export function laneLine(lane: Lane): string {
  return `lane ${lane.project.padEnd(16)} ${lane.on ? `on   ${lane.runsOn}` : `OFF  ${lane.reason}`}`
}
