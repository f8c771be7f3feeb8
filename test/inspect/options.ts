import { parseArgs } from 'node:util'
import { ACTIVATION_NAMES, ACTIVATIONS, COMMON_ACTIVATIONS } from '../../demo/state/choices.ts'
import { type AllParameters, describeParameters, PARAMETER_KEYS, readParameters } from '../../demo/state/parameters.ts'
import { checkPath, inLines, inputProblem, joinNegative, jsonProblem } from '../throughput/options.ts'
import { UsageError } from '../tools/command-line.ts'

export interface Options {
  /** The .npy or the .safetensors. */
  readonly file: string
  /** The name of a tensor in it; undefined: the first that can be read. */
  readonly tensor: string | undefined
  readonly activations: readonly string[]
  readonly parameters: AllParameters
  /** The axis of the channels, negative from the end; undefined: the last of two or more. */
  readonly axis: number | undefined
  /** The file for the JSON. */
  readonly json: string | undefined
}

const NAMES = ACTIVATIONS.filter(({ gated }) => gated !== true).map(({ name }) => name)

export const USAGE = `Usage: npm run inspect -- FILE [options]

Prints what activation functions would make of a layer: how many values become 0, how many get no gradient, which channels
are dead, and the mean, deviation and range of y. FILE is a .npy or a .safetensors that holds inputs of the activation.

  --tensor NAME        a tensor of a .safetensors (default: the first that can be read)
  --axis N             the axis whose indices are the channels, from 0, or from -1 at the end (default: the last of two
                       or more; a tensor of one axis is one channel)
  --activations LIST   any of ${inLines(NAMES)}
                       or all (default ${COMMON_ACTIVATIONS.join()})
  --json FILE          writes the figures there, with the histograms and all dead channels
  --help               prints this

Parameters, of the activations named that have one of that name; --elu.alpha NUMBER is for elu alone:
${describeParameters()
  .map(({ name, values, owners }) => `  ${`--${name} ${values}`.padEnd(28)} ${owners}`)
  .join('\n')}

Exit status: 0 when all was computed, 1 when the file cannot be used, 2 for a wrong option.
`

/** Reads the command line; undefined when it asks for help. @throws UsageError */
export function readOptions(words: readonly string[]): Options | undefined {
  const { values, parameters, files } = parse(words)
  if (values.help === true) return undefined
  const [file, ...more] = files
  if (file === undefined) throw new UsageError('The name of a .npy or a .safetensors is needed.')
  if (more.length > 0) throw new UsageError(`${JSON.stringify(more[0])}: one file at a time.`)
  checkPath('FILE', file, inputProblem)
  checkPath('--json', values.json, jsonProblem)
  const activations = readActivations(values.activations)
  return {
    file,
    tensor: values.tensor,
    activations,
    parameters: readParameters(
      key => parameters[key],
      activations,
      (key, text, rule) => {
        throw new UsageError(`--${key} ${JSON.stringify(text)}: ${rule}.`)
      },
    ),
    axis: readAxis(values.axis),
    json: values.json,
  }
}

function readActivations(text: string | undefined): readonly string[] {
  if (text === undefined) return COMMON_ACTIVATIONS
  if (text === 'all') return NAMES
  const words = text.split(',').map(word => word.trim())
  const unknown = words.find(word => !ACTIVATION_NAMES.includes(word))
  if (unknown === undefined) return [...new Set(words)]
  throw new UsageError(`--activations ${JSON.stringify(unknown)}: there is ${NAMES.join(', ')}.`)
}

function readAxis(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const axis = Number(text.trim() || NaN)
  if (Number.isInteger(axis)) return axis
  throw new UsageError(`--axis ${JSON.stringify(text)}: a whole number is needed.`)
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    const { values, positionals } = parseArgs({
      args: joinNegative(words),
      allowPositionals: true,
      options: {
        ...Object.fromEntries(PARAMETER_KEYS.map(key => [key, text])),
        tensor: text,
        axis: text,
        activations: text,
        json: text,
        help: { type: 'boolean', short: 'h' },
      },
    })
    return { values, files: positionals, parameters: values as Readonly<Record<string, string | undefined>> }
  } catch (error) {
    // The first sentence of Node's message states the error.
    const [sentence = ''] = (error as Error).message.split(/(?<=\.) |\n/)
    throw new UsageError(sentence)
  }
}
