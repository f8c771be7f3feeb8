import { parseArgs } from 'node:util'
import { type Activation, type Format, type GluActivation, wgsl } from '../../src/index.ts'
import { make } from '../accuracy/subjects.ts'
import { makerNames } from '../support/maker-names.ts'
import { UsageError } from '../throughput/options.ts'
import { composedFor, type ProgramChoice } from './composed.ts'

// npm run wgsl: prints what a device compiles.

const DIRECTIONS = ['forward', 'backward'] as const
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

const USAGE = `Usage: npm run wgsl -- ACTIVATION DIRECTION [options]

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

/** The WGSL that a command line asks for; undefined when it asks for help. @throws UsageError */
function printed(words: readonly string[]): string | undefined {
  const { values, positionals } = parse(words)
  if (values.help === true) return undefined
  const [name, direction, ...others] = positionals
  const activation = activationOf(name, values.parameters)
  if (values.standalone === true) {
    refuse(values, ['format', 'access', 'from', 'mask', 'bias', 'dbias', 'accumulate'], '--standalone')
    if (direction !== undefined) oneOf('the direction', direction, DIRECTIONS)
    return wgsl(activation)
  }
  if (others.length > 0) throw new UsageError(`${show(others[0])}: one activation and one direction are needed.`)
  const to = oneOf('the direction', direction, DIRECTIONS)
  if (to === 'forward') refuse(values, ['from', 'dbias', 'accumulate'], 'forward')
  else refuse(values, ['mask'], 'backward')
  const choice: ProgramChoice = {
    format: oneOf('--format', values.format ?? 'f32', FORMATS),
    access: oneOf('--access', values.access ?? 'vectors', ACCESSES),
    from: oneOf('--from', values.from ?? 'x', SOURCES),
    mask: values.mask,
    bias: values.bias,
    dbias: values.dbias,
    accumulate: values.accumulate,
  }
  return told('', () => composedFor(activation, to, choice))
}

function activationOf(name: string | undefined, parameters: string | undefined): Activation | GluActivation {
  const known = oneOf('the activation', name, makerNames)
  return told('--parameters: ', () => make({ name: known, parameters: parametersOf(parameters) } as never))
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

/** Has what the library refuses told as a wrong option. */
function told<Result>(prefix: string, run: () => Result): Result {
  try {
    return run()
  } catch (error) {
    throw new UsageError(`${prefix}${(error as Error).message}`)
  }
}

function show(word: string | undefined): string {
  return JSON.stringify(word)
}

try {
  process.stdout.write(printed(process.argv.slice(2)) ?? USAGE)
} catch (error) {
  if (!(error instanceof UsageError)) throw error
  console.error(`${error.message} See npm run wgsl -- --help`)
  process.exitCode = 2
}
