import { kernelsText } from '../../../src/cpu/compiler/cached.js'
import { provideChromium } from '../chromium.ts'
import { findLanes, laneLine, mayTest, projectNames } from './lanes.ts'
import { provideAmdCompilers, provideMesa } from './mesa.ts'

/**
 * Installs what lanes need, where that can be done, and says which lanes are on.
 *
 * @param wants whether a lane is to run
 * @returns whether the tests may start
 */
export async function prepareLanes(wants: (project: string) => boolean): Promise<boolean> {
  const wanted = projectNames.filter(wants)
  if (wanted.some(name => name !== 'node' && name !== 'isa')) {
    try {
      await provideChromium()
    } catch (error) {
      console.error(error instanceof Error ? error.message : error)
    }
  }
  const failures = [
    wants('node-lavapipe') || wants('models') ? await provideMesa() : undefined,
    wants('isa') ? await provideAmdCompilers() : undefined,
  ]
  for (const failure of failures) if (failure !== undefined) console.error(`Mesa: ${failure}`)

  // Compiled here, the WebAssembly keeps no test waiting.
  kernelsText()

  const lanes = (await findLanes()).filter(({ project }) => wants(project))
  for (const lane of lanes) console.log(laneLine(lane))
  return mayTest(lanes, Boolean(process.env['CI']))
}
