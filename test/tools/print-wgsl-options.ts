import { parseArgs } from 'node:util'
import { type Activation, type Direction, type Format, type GluActivation, InputError } from '../../src/index.ts'
import { make, type Subject } from '../accuracy/subjects.ts'
import { makerNames } from '../support/maker-names.ts'
import { UsageError } from './command-line.ts'
import type { ProgramChoice } from './composed.ts'

export interface Options {
  readonly activation: Activation | GluActivation
  /** Undefined: the standalone source, which has both directions. */
  readonly program: { readonly direction: Direction; readonly choice: ProgramChoice } | undefined
}

const DIRECTIONS: readonly Direction[] = ['forward', 'backward']
const FORMATS: readonly Format[] = ['f32', 'f16', 'bf16', 'i32']
const SOURCES = ['x', 'y', 'mask'] as const
const ACCESSES = ['vectors', 'words'] as const

const text = { type: 'string' } as const
const flag = { type: 'boolean' } as const
const OPTIONS = {
  parameters: text,
  format: text,
  access: text,
  from: text,
  mask: flag,
  bias: flag,
  dbias: flag,
  accumulate: flag,
  standalone: flag,
  help: { type: 'boolean', short: 'h' },
} as const

export const USAGE = `Usage: npm run wgsl -- ACTIVATION DIRECTION [options]

Prints the WGSL that a device compiles, such as for relu forward. It needs no GPU.

  --parameters LIST  such as alpha=0.5 or minValue=-2,maxValue=2; prelu's alpha may have several: alpha=0.1,0.2
  --format FORMAT    any of ${FORMATS.join()} (default f32)
  --access ACCESS    any of ${ACCESSES.join()} (default vectors): words where a tensor begins on no boundary of 16 bytes
  --from SOURCE      backward: any of ${SOURCES.join()} (default x)
  --mask             forward: writes the mask of the gate too
  --bias             adds a bias to x
  --dbias            backward: sums up the gradient of the bias, in a second program
  --accumulate       backward: adds to the gradients that are there
  --standalone       prints what wgsl() returns instead, which has both directions
  --help             prints this

Exit status: 0, or 2 for a wrong option.
`

/** Reads the command line; undefined when it asks for help. @throws UsageError */
export function readOptions(words: readonly string[]): Options | undefined {
  const { values, positionals } = parse(words)
  if (values.help === true) return undefined
  const [name, word, more] = positionals
  if (more !== undefined) throw new UsageError(`${show(more)}: one activation and one direction are needed.`)
  const activation = activationOf(name, values.parameters)
  const { standalone = false, format = 'f32', access = 'vectors', from = 'x' } = values
  if (standalone) refuse(values, ['format', 'access', 'from', 'mask', 'bias', 'dbias', 'accumulate'], '--standalone')
  if (standalone && word === undefined) return { activation, program: undefined }
  const direction = oneOf('the direction', word, DIRECTIONS)
  if (standalone) return { activation, program: undefined }
  refuse(values, direction === 'forward' ? ['from', 'dbias', 'accumulate'] : ['mask'], direction)
  const choice = {
    format: oneOf('--format', format, FORMATS),
    access: oneOf('--access', access, ACCESSES),
    from: oneOf('--from', from, SOURCES),
    mask: values.mask ?? false,
    bias: values.bias ?? false,
    dbias: values.dbias ?? false,
    accumulate: values.accumulate ?? false,
  }
  return { activation, program: { direction, choice } }
}

function activationOf(name: string | undefined, parameters: string | undefined): Activation | GluActivation {
  const known = oneOf('the activation', name, makerNames)
  try {
    return make({ name: known, parameters: parametersOf(parameters) as Subject['parameters'] })
  } catch (error) {
    if (error instanceof InputError) throw new UsageError(`--parameters: ${error.message}`)
    throw error
  }
}

/** Numbers, words, and lists of numbers. */
function parametersOf(list: string | undefined): Record<string, unknown> {
  if (list === undefined) return {}
  const pairs = list.split(/,(?=\s*[a-zA-Z]+=)/).map(pair => {
    const [key = '', value] = pair.trim().split('=')
    if (value === undefined) throw new UsageError(`--parameters ${show(pair)}: a list such as alpha=0.5 is needed.`)
    const parts = value.split(',').map(part => (part.trim() === '' || Number.isNaN(Number(part)) ? part : Number(part)))
    return [key, parts.length === 1 ? parts[0] : parts] as const
  })
  return Object.fromEntries(pairs)
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS, allowPositionals: true })
  } catch (error) {
    // Node explains at length; its first sentence says what is wrong.
    const [sentence = ''] = (error as Error).message.split(/\.?(?: (?=[A-Z])|\n|$)/)
    const isUnknown = (error as { code?: string }).code === 'ERR_PARSE_ARGS_UNKNOWN_OPTION'
    const names = Object.keys(OPTIONS).map(name => `--${name}`)
    throw new UsageError(isUnknown ? `${sentence}: there is ${names.join(', ')}.` : `${sentence}.`)
  }
}

function refuse(values: Readonly<Record<string, unknown>>, options: readonly string[], other: string): void {
  const given = options.find(option => values[option] !== undefined)
  if (given !== undefined) throw new UsageError(`--${given} does not go with ${other}.`)
}

function oneOf<Value extends string>(what: string, word: string | undefined, choices: readonly Value[]): Value {
  const value = choices.find(choice => choice === word)
  if (value !== undefined) return value
  const given = word === undefined ? `${what} is missing` : `${what} ${show(word)}`
  throw new UsageError(`${given}: there is ${choices.join(', ')}.`)
}

function show(word: string | undefined): string {
  return JSON.stringify(word)
}
