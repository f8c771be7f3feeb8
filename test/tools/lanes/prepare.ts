import { kernelsText } from '../../../src/cpu/compiler/cached.js'
import { provideChromium } from '../chromium.ts'
import { findLanes, laneLine, projectNames } from './lanes.ts'
import { provideMesa } from './mesa.ts'

// Installs what the lanes need where that can be done, and says which lanes are on. Arguments: the lanes that matter.
const wanted = new Set<string>(process.argv.length > 2 ? process.argv.slice(2) : projectNames)

try {
  await provideChromium()
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
}
const failure = wanted.has('node-lavapipe') ? await provideMesa() : undefined
if (failure !== undefined) console.error(`Mesa: ${failure}`)

// Compiled here, the WebAssembly keeps no test waiting.
kernelsText()

const lanes = (await findLanes()).filter(lane => wanted.has(lane.project) || lane.project === 'node-gpu')
for (const lane of lanes) console.log(laneLine(lane))
// A green run that left a lane out is fine on a laptop, where the lines above say so; in CI nobody reads them.
if (lanes.every(lane => !lane.on) || (process.env['CI'] && lanes.some(lane => !lane.on))) {
  console.error('Cannot test: a lane that this run promises is off.')
  process.exit(1)
}
