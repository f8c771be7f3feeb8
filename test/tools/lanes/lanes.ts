import { missingPackages } from '../../models/packages.ts'
import { findDeno } from '../../deno/program.ts'
import { findNode, nodeVersions } from '../../node/versions.ts'
import { findChromium } from '../chromium.ts'
import { findFirefox } from '../firefox.ts'
import { findAmdCompilers, findLavapipe, findSwiftShader, probeDriver } from './drivers.ts'

/** The Vitest projects that a whole run has. The project `node` runs the lane 'cpu' and all that needs no processor. */
export const projectNames = [
  'node',
  'node-24',
  'node-26',
  'node-swiftshader',
  'node-lavapipe',
  'deno',
  'browser',
  'firefox',
  'page',
  'isa',
] as const
type ProjectName = (typeof projectNames)[number] | 'models' | 'node-gpu'

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

function lookFor(find: () => string | undefined, none: string): { path: string | undefined; missing: string } {
  try {
    return { path: find(), missing: none }
  } catch (error) {
    return { path: undefined, missing: error instanceof Error ? error.message : String(error) }
  }
}

/** Looks for what each lane needs. Installs nothing. */
export async function findLanes(): Promise<Lane[]> {
  const { path: chromium, missing } = lookFor(findChromium, 'no Chromium: install it, or set CHROMIUM_PATH')
  const firefox = lookFor(findFirefox, 'no Firefox: install it, or set FIREFOX_PATH')
  const swiftShader = chromium === undefined ? undefined : findSwiftShader(chromium)
  const noSwiftShader = chromium === undefined ? missing : `no vk_swiftshader_icd.json beside ${chromium}`
  const noLavapipe = "no Mesa lavapipe 25 or newer: install your system's Mesa Vulkan drivers"
  const inChromium = (project: 'browser' | 'page'): Lane =>
    chromium === undefined ? { project, on: false, reason: missing } : { project, on: true, runsOn: chromium }

  const [onSwiftShader, onLavapipe] = await Promise.all([
    dawnLane('node-swiftshader', swiftShader, noSwiftShader),
    dawnLane('node-lavapipe', findLavapipe(), noLavapipe),
  ])
  const lanes: Lane[] = [
    { project: 'node', on: true, runsOn: `Node ${process.versions.node}, CPU` },
    ...nodeVersions.map(version => newerNodeLane(`node-${version}`, findNode(version))),
    onSwiftShader,
    onLavapipe,
    throughLavapipe(
      'deno',
      { path: findDeno(), missing: 'no Deno: `npm test -- --project deno` fetches it' },
      onLavapipe,
    ),
    inChromium('browser'),
    throughLavapipe('firefox', firefox, onLavapipe),
    inChromium('page'),
    isaLane(),
    modelsLane(onLavapipe),
  ]
  // A real GPU is asked for by name; its setup fails where there is none, so it needs no probe.
  if (process.env['WEBGPU_LANE'] === 'hardware') {
    lanes.push({ project: 'node-gpu', on: true, runsOn: "this machine's GPU (WEBGPU_LANE=hardware)" })
  }
  return lanes
}

/** A lane without a GPU, on a newer version of Node. */
function newerNodeLane(project: 'node-24' | 'node-26', program: string | undefined): Lane {
  if (program !== undefined) return { project, on: true, runsOn: program }
  return { project, on: false, reason: `\`npm test -- --project ${project}\` fetches it, where npm has one` }
}

/** A lane of wgpu, which is not Dawn: a program that runs on lavapipe's driver. */
function throughLavapipe(
  project: 'deno' | 'firefox',
  { path, missing }: { path: string | undefined; missing: string },
  lavapipe: Lane,
): Lane {
  if (path === undefined) return { project, on: false, reason: missing }
  return lavapipe.on ? { ...lavapipe, project, runsOn: path } : { ...lavapipe, project }
}

/** The lane that compiles for AMD's GPUs and executes nothing. */
function isaLane(): Lane {
  const compilers = findAmdCompilers()
  if (compilers !== undefined) return { project: 'isa', on: true, runsOn: `AMD's compilers: ${compilers.shim}` }
  return {
    project: 'isa',
    on: false,
    reason: 'no Mesa for AMD without a GPU: install mesa-vulkan-drivers and mesa-drm-shim',
  }
}

/** The lane of models that others published, for runs that name it. It needs their packages, and lavapipe: SwiftShader takes a quarter of an hour. */
function modelsLane(lavapipe: Lane): Lane {
  const project = 'models'
  if (process.env['MODELS_ROWS'] === undefined || missingPackages().length > 0) {
    return { project, on: false, reason: '`npm test -- --project models` fetches its packages, 70 MB, and runs it' }
  }
  return { ...lavapipe, project }
}

/** Tells whether tests may start on these lanes. @param ci true where all have to be on, but for that of models */
export function mayTest(lanes: readonly Lane[], ci: boolean): boolean {
  // A green run that left a lane out is fine on a laptop, where a line says so; in CI nobody reads it.
  return lanes.some(({ on }) => on) && !(ci && lanes.some(({ on, project }) => !on && project !== 'models'))
}

export function laneLine(lane: Lane): string {
  return `lane ${lane.project.padEnd(16)} ${lane.on ? `on   ${lane.runsOn}` : `OFF  ${lane.reason}`}`
}
