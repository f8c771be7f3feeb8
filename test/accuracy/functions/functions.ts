import { numericFunctions } from '../../support/numeric-functions.ts'
import { type Processor, PROCESSOR_TITLES, provideProcessor, startWorker } from '../processors.ts'
import type { Found } from './worker.ts'

const BOUND = 4

/**
 * Prints the largest errors of the functions that the WGSL of definitions calls, driver by driver. Returns 1 where one is beyond
 * its bound, or a driver is missing.
 */
export async function printFunctions(processors: readonly Processor[]): Promise<number> {
  let isRight = true
  for (const processor of processors) {
    const title = PROCESSOR_TITLES[processor]
    const provided = await provideProcessor(processor)
    if ('missing' in provided) {
      console.error(`${title}: ${provided.missing}`)
      isRight = false
      continue
    }
    const worker = startWorker<Processor, Found>('./functions/worker.ts', provided.environment)
    worker.ask(processor)
    for await (const { name, inputs, largest, at, faults } of worker.answers()) {
      console.log(`${title} ${name}: ${largest.toFixed(1)} ULP at ${Number(at.toPrecision(9))}, of ${inputs} inputs`)
      for (const fault of faults) console.log(`  ${fault}`)
      isRight &&= faults.length === 0 && largest <= BOUND
      if (name === numericFunctions.at(-1)!.name) break
    }
    worker.stop()
  }
  return isRight ? 0 : 1
}
