import { kernelsText } from '../../../src/cpu/compiler/cached.js'
import { provideDeno } from '../../deno/program.ts'
import { nodeVersions, provideNode } from '../../node/versions.ts'
import { provideChromium } from '../chromium.ts'
import { provideFirefox } from '../firefox.ts'
import { findLanes, laneLine, mayTest } from './lanes.ts'
import { provideAmdCompilers, provideMesa } from './mesa.ts'

/**
 * Installs what lanes need, where that can be done, and says which lanes are on.
 *
 * @param wants whether a lane is to run
 * @returns whether the tests may start
 */
export async function prepareLanes(wants: (project: string) => boolean): Promise<boolean> {
  const wantsOne = (...names: readonly string[]): boolean => names.some(wants)
  if (wantsOne('node-swiftshader', 'node-lavapipe', 'browser', 'page')) await tried(provideChromium)
  const failures = {
    Mesa: wantsOne('node-lavapipe', 'deno', 'firefox', 'page', 'models') && (await provideMesa()),
    Node: await provideNode(nodeVersions.filter(version => wants(`node-${version}`))),
    Deno: wants('deno') && (await provideDeno()),
    'Mesa for AMD': wants('isa') && (await provideAmdCompilers()),
  }
  for (const [name, failure] of Object.entries(failures)) if (failure) console.error(`${name}: ${failure}`)
  if (wantsOne('firefox', 'page')) await tried(provideFirefox)

  // Compiled here, the WebAssembly keeps no test waiting.
  kernelsText()

  const lanes = (await findLanes()).filter(({ project }) => wants(project))
  for (const lane of lanes) console.log(laneLine(lane))
  return mayTest(lanes, Boolean(process.env['CI']))
}

async function tried(provide: () => Promise<string>): Promise<void> {
  try {
    await provide()
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
  }
}
