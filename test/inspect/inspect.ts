import { writeFileSync } from 'node:fs'
import { FileError } from '../../demo/input/input.ts'
import { UsageError } from '../throughput/options.ts'
import { inspectAll, makeAll } from './inspected.ts'
import { readLayer } from './layer.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { jsonOf, textOf } from './report.ts'

// npm run inspect: what activation functions would make of a layer.

process.exitCode = await main(process.argv.slice(2))

async function main(words: readonly string[]): Promise<number> {
  try {
    const options = readOptions(words)
    if (options === undefined) {
      process.stdout.write(USAGE)
      return 0
    }
    await report(options)
    return 0
  } catch (error) {
    const isUsage = error instanceof UsageError
    if (!isUsage && !(error instanceof FileError)) throw error
    process.stderr.write(`${error.message}${isUsage ? ' See npm run inspect -- --help' : ''}\n`)
    return isUsage ? 2 : 1
  }
}

async function report(options: Options): Promise<void> {
  const activations = makeAll(options)
  const layer = await readLayer(options)
  const inspected = await inspectAll(layer, activations)
  process.stdout.write(`${textOf(layer, inspected)}\n`)
  if (options.json !== undefined) writeFileSync(options.json, jsonOf(layer, inspected))
}
