import { once } from 'node:events'
import { ftruncateSync, openSync, readFileSync } from 'node:fs'
import { createCopy, gridOf } from '../../demo/measure/copy.ts'
import { compose } from '../../src/gpu/programs/program.ts'
import { pipelineCacheOf } from '../../src/gpu/programs/programs.ts'
import { dawn, defineGlobals } from '../tools/lanes/dawn.ts'
import { describeAdapter } from '../tools/lanes/promise.ts'
import type { Answer, Task } from './compile.ts'
import { kernelsOf } from './kernels.ts'
import { type Program, readListing } from './listing.ts'

// Compiles one program after the other: listings of two at a time get into one another.

const tell = (answer: Answer): void => void process.send!(answer)

try {
  const [{ question, file }] = (await once(process, 'message')) as [Task]
  defineGlobals()
  const adapter = await dawn().requestAdapter()
  if (adapter === null) throw new Error(`no adapter for ${question.chip}`)
  if (!adapter.info.device.includes(`radv-${question.chip}`))
    throw new Error(`not ${question.chip}: ${describeAdapter(adapter.info)}`)
  tell({ adapter: adapter.info.description })
  const device = await adapter.requestDevice()
  // The driver writes to the end of this file.
  const listing = openSync(file, 'r+')
  // Dawn compiles equal programs once: gradients from a mask are the same for several activations.
  const read = new Map<string, Program>()
  for (const { program, activation, direction, format, parts } of kernelsOf(question)) {
    const code = typeof program === 'string' ? program : compose(program, device)
    let found = read.get(code)
    if (found === undefined) {
      ftruncateSync(listing)
      if (typeof program === 'string') await createCopy(device, program, gridOf(device, adapter.info))
      else await pipelineCacheOf(device).prepare(program)
      try {
        found = readListing(readFileSync(file, 'utf8'))
      } catch (error) {
        throw new Error(`${activation} ${direction} ${format} ${parts}: ${(error as Error).message}`, { cause: error })
      }
      read.set(code, found)
    }
    tell({ program: found })
  }
} catch (error) {
  tell({ problem: error instanceof Error ? error.message : String(error) })
}
process.disconnect()
