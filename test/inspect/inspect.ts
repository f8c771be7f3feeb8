import { writeFileSync } from 'node:fs'
import { FileError } from '../../demo/input/input.ts'
import { runCommandLine } from '../tools/command-line.ts'
import { inspectAll, makeAll } from './inspected.ts'
import { readLayer } from './layer.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { jsonOf, textOf } from './report.ts'

// npm run inspect: what activation functions would make of a layer.

await runCommandLine('inspect', USAGE, readOptions, async options => {
  try {
    await report(options)
    return 0
  } catch (error) {
    if (!(error instanceof FileError)) throw error
    process.stderr.write(`${error.message}\n`)
    return 1
  }
})

async function report(options: Options): Promise<void> {
  const activations = makeAll(options)
  const layer = await readLayer(options)
  const inspected = await inspectAll(layer, activations)
  process.stdout.write(`${textOf(layer, inspected)}\n`)
  if (options.json !== undefined) writeFileSync(options.json, jsonOf(layer, inspected))
}
