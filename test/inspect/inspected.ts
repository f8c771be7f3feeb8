import { inspect, type Inspection, whyNotOfOneTensor } from '../../demo/inspect/inspection.ts'
import type { Parameters } from '../../demo/state/activation-choice.ts'
import { makeActivation } from '../../demo/state/choices.ts'
import * as library from '../../src/index.ts'
import { UsageError } from '../tools/command-line.ts'
import { ProgressLine } from '../tools/progress.ts'
import type { Layer } from './layer.ts'
import type { Options } from './options.ts'

/** The parts of a histogram. */
const PARTS = 24

/** A layer after one activation. */
export interface Inspected {
  readonly activation: string
  readonly parameters: Parameters
  readonly inspection: Inspection
}

export interface AllInspected {
  /** The statistics of the input. */
  readonly x: Inspection
  readonly all: readonly Inspected[]
}

interface Made {
  readonly name: string
  readonly parameters: Parameters
  readonly activation: library.Activation
}

/** Makes the activations of a command line. @throws UsageError */
export function makeAll({ activations, parameters: all }: Options): Made[] {
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

/** Computes what the activations make of a layer, on the CPU. */
export async function inspectAll({ columns }: Layer, activations: readonly Made[]): Promise<AllInspected> {
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
