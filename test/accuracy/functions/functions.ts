import { numericFunctions } from '../../support/numeric-functions.ts'
import { PROCESSOR_TITLES, provideProcessor, startWorker } from '../processors.ts'
import type { Found } from './worker.ts'

// Prints the largest errors of the functions that definitions call, on the software drivers, for docs/define.md:
// node --import tsx --import ./test/tools/wgsl-loader.js test/accuracy/functions/functions.ts

let isRight = true
for (const processor of ['swiftshader', 'lavapipe'] as const) {
  const provided = await provideProcessor(processor)
  if ('missing' in provided) throw new Error(provided.missing)
  const worker = startWorker<typeof processor, Found>('./functions/worker.ts', provided.environment)
  worker.ask(processor)
  for await (const { name, largest, at, faults } of worker.answers()) {
    console.log(`${PROCESSOR_TITLES[processor]} ${name}: ${largest.toFixed(1)} ULP at ${Number(at.toPrecision(9))}`)
    for (const fault of faults) console.log(`  ${fault}`)
    isRight &&= faults.length === 0 && largest <= 4
    if (name === numericFunctions.at(-1)!.name) break
  }
  worker.stop()
}
process.exitCode = isRight ? 0 : 1
