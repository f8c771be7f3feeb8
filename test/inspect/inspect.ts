import { writeFileSync } from 'node:fs'
import { FileError } from '../../demo/input/input.ts'
import { inspect, type Inspection, whyNotOfOneTensor } from '../../demo/inspect/inspection.ts'
import { makeActivation, type Parameters } from '../../demo/state/choices.ts'
import * as library from '../../src/index.ts'
import { UsageError } from '../throughput/options.ts'
import { ProgressLine } from '../tools/progress.ts'
import { type Layer, readLayer } from './layer.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { type Inspected, jsonOf, PARTS, textOf } from './report.ts'

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
  const { x, all } = await inspectAll(layer, activations)
  process.stdout.write(`${textOf(layer, x, all)}\n`)
  if (options.json !== undefined) writeFileSync(options.json, jsonOf(layer, x, all))
}

interface Made {
  readonly name: string
  readonly parameters: Parameters
  readonly activation: library.Activation
}

/** @throws UsageError */
function makeAll({ activations, parameters: all }: Options): Made[] {
  return activations.map(name => {
    const parameters = all[name] ?? {}
    const refuse = (rule: string): never => {
      throw new UsageError(`--activations ${JSON.stringify(name)}: ${rule}.`)
    }
    try {
      const made = makeActivation(library, name, all[name])
      return library.isGlu(made) ? refuse(whyNotOfOneTensor(made)!) : { name, parameters, activation: made }
    } catch (error) {
      if (!(error instanceof library.InputError)) throw error
      throw new UsageError(error.message)
    }
  })
}

async function inspectAll(
  { columns }: Layer,
  activations: readonly Made[],
): Promise<{ x: Inspection; all: readonly Inspected[] }> {
  const dispatcher = await library.createDispatcher({ processor: 'cpu' })
  const progress = new ProgressLine(process.stderr)
  try {
    const all: Inspected[] = []
    // The identity.
    const x = await inspect(dispatcher, library.leakyRelu({ alpha: 1 }), columns, PARTS)
    for (const { name, parameters, activation } of activations) {
      progress.update(name)
      const inspection = await inspect(dispatcher, activation, columns, PARTS)
      all.push({ activation: name, parameters, inspection })
    }
    return { x, all }
  } finally {
    progress.clear()
    dispatcher.destroy()
  }
}
