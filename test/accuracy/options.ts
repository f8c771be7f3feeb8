import { statSync } from 'node:fs'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { UsageError } from '../tools/command-line.ts'
import { hasSection } from '../tools/markdown-section.ts'
import type { Direction } from '../../src/index.ts'
import { type EngineName, ENGINES } from './engines/names.ts'
import { PEERS, type PeerName } from './peers/names.ts'
import { PROCESSORS, type Processor } from './processors.ts'
import { activationOf, allOfOneTensor, make, readId, type Subject } from './subjects.ts'

export interface Options {
  /** undefined: all there are, with all their parameters. */
  readonly activations: readonly Subject[] | undefined
  readonly directions: readonly Direction[]
  readonly processors: readonly Processor[]
  /** Measured too; where one is missing, it is a failure. */
  readonly engines: readonly EngineName[]
  /** True where --processor names them: a missing processor is a failure then. */
  readonly named: boolean
  readonly peers: readonly PeerName[]
  readonly adapter: 'swiftshader' | 'hardware'
  readonly json: string | undefined
  readonly markdown: boolean
  /** The Markdown file whose section 'accuracy' gets the table. */
  readonly write: string | undefined
  /** The activations to evaluate at all float32, instead of the table. */
  readonly exhaustive: readonly Subject[] | undefined
  /** Measures the functions that definitions call, instead of the table. */
  readonly functions: boolean
  /** The file of how far exhaustive runs are. */
  readonly state: string
  readonly restart: boolean
  /** Writes the table of exhaustive runs, and runs none. */
  readonly table: boolean
}

const DIRECTIONS: readonly Direction[] = ['forward', 'backward']
const DEFAULT_PROCESSORS: readonly Processor[] = ['cpu', 'swiftshader', 'lavapipe']
const SOFTWARE: readonly Processor[] = ['swiftshader', 'lavapipe']
const GPUS: readonly Processor[] = [...SOFTWARE, 'gpu']
const STATES = fileURLToPath(new URL('../../demo/results/exhaustive.json', import.meta.url))

export const USAGE = `Usage: npm run accuracy -- [options]

Prints how far results lie from the truth, activation by processor: the largest error forward and backward in units in
the last place (ULP), where, and how many of the NaN, Infinity, zero and subnormal cases are as the numeric contract has
them. Beside it the same of the libraries one would use instead.

  --activations LIST   such as relu,gelu,elu-alpha=0.5 (default: all, with all parameters there are vectors for)
  --processor LIST     any of ${PROCESSORS.join()} (default ${DEFAULT_PROCESSORS.join()}): swiftshader and
                       lavapipe are software drivers under Dawn, gpu is this machine's under Dawn
  --engines LIST       measures this library in other implementations of WebGPU too, on lavapipe: any of ${ENGINES.join()},
                       whose WebGPU is wgpu, or all (default: none)
  --direction LIST     any of ${DIRECTIONS.join()} (default: both)
  --peers LIST         any of ${PEERS.join()}, or none (default: all)
  --adapter KIND       what the peers run on, in a headless Chromium: swiftshader (default) or hardware
  --json FILE          writes all figures there
  --markdown           prints Markdown
  --write FILE         writes the table into a Markdown file, such as docs/accuracy.md

  --exhaustive LIST    runs all 2^32 float32 through these activations instead, or through all of one tensor, backward with
                       dy = 1. An interrupted run goes on where it stopped, and one that is complete is not repeated while its
                       kernel, its reference and its driver are the same. --write writes its table
  --state FILE         where it notes how far it is (default demo/results/exhaustive.json)
  --restart            begins anew
  --table              prints the table of what has run, and runs nothing

  --functions          prints the largest errors of the functions that the WGSL of definitions calls instead, on
                       ${SOFTWARE.join()} or what --processor names

  --help               prints this

Exit status: 0 when everything of ours is within its bounds, 1 when something is not, or a processor or engine that is named
is missing, 2 for a wrong option.
`

/** Reads the command line; undefined when it asks for help. @throws UsageError */
export function readOptions(words: readonly string[]): Options | undefined {
  const values = parse(words)
  if (values.help === true) return undefined
  const exhaustive = values.exhaustive === undefined ? undefined : exhaustiveSubjects(values.exhaustive)
  const functions = values.functions ?? false
  const instead = exhaustive !== undefined ? 'exhaustive' : functions ? 'functions' : undefined
  if (instead !== undefined) {
    const forTable = ['activations', 'engines', 'peers', 'json', 'markdown', 'adapter'] as const
    const others =
      instead === 'functions' ? (['direction', 'write', ...forTable] as const) : (['functions', ...forTable] as const)
    const without = others.find(name => values[name] !== undefined)
    if (without !== undefined) throw new UsageError(`--${without} does not go with --${instead}.`)
  }
  const forExhaustive = (['state', 'restart', 'table'] as const).find(name => values[name] !== undefined)
  if (exhaustive === undefined && forExhaustive !== undefined) {
    throw new UsageError(`--${forExhaustive} goes with --exhaustive only.`)
  }
  const json = values.json
  if (json !== undefined && !isWritablePlace(json)) {
    throw new UsageError(`--json ${JSON.stringify(json)}: the name of a file in a folder that exists is needed.`)
  }
  const { write } = values
  const section = instead ?? 'accuracy'
  if (write !== undefined && !hasSection(write, section)) {
    throw new UsageError(`--write ${JSON.stringify(write)}: a Markdown file with <!-- begin ${section} --> is needed.`)
  }
  const fallback = functions ? SOFTWARE : DEFAULT_PROCESSORS
  const processors = oneOf('processor', values.processor, functions ? GPUS : PROCESSORS, fallback)
  if (exhaustive !== undefined && processors.includes('gpu') && processors.some(one => SOFTWARE.includes(one))) {
    throw new UsageError('--processor: the drivers of swiftshader and lavapipe hide gpu, so run it apart.')
  }
  return {
    activations: values.activations === undefined ? undefined : subjectsOf('activations', values.activations),
    directions: oneOf('direction', values.direction, DIRECTIONS, DIRECTIONS),
    processors,
    named: values.processor !== undefined,
    engines: values.engines === 'all' ? ENGINES : oneOf('engines', values.engines, ENGINES, []),
    peers: values.peers === 'none' ? [] : oneOf('peers', values.peers, PEERS, PEERS),
    adapter: oneOf('adapter', values.adapter, ['swiftshader', 'hardware'] as const, ['swiftshader'])[0]!,
    json,
    markdown: values.markdown ?? false,
    write,
    exhaustive,
    functions,
    state: values.state ?? STATES,
    restart: values.restart ?? false,
    table: values.table ?? false,
  }
}

function subjectsOf(option: string, text: string, check: (subject: Subject) => unknown = make): Subject[] {
  return text.split(',').map(word => {
    try {
      const subject = readId(word.trim())
      check(subject)
      return subject
    } catch (error) {
      throw new UsageError(`--${option} ${JSON.stringify(word)}: ${(error as Error).message}`)
    }
  })
}

function exhaustiveSubjects(text: string): Subject[] {
  return text === 'all' ? allOfOneTensor() : subjectsOf('exhaustive', text, activationOf)
}

function oneOf<Value extends string>(
  option: string,
  text: string | undefined,
  choices: readonly Value[],
  fallback: readonly Value[],
): readonly Value[] {
  if (text === undefined) return fallback
  const chosen = text.split(',').map(word => {
    const value = choices.find(choice => choice === word.trim())
    if (value === undefined)
      throw new UsageError(`--${option} ${JSON.stringify(word)}: there is ${choices.join(', ')}.`)
    return value
  })
  return [...new Set(chosen)]
}

function isWritablePlace(path: string): boolean {
  const isFolder = (place: string): boolean => statSync(place, { throwIfNoEntry: false })?.isDirectory() ?? false
  return path !== '' && !isFolder(path) && isFolder(dirname(path))
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...words],
      options: {
        activations: text,
        processor: text,
        engines: text,
        direction: text,
        peers: text,
        adapter: text,
        json: text,
        markdown: flag,
        write: text,
        exhaustive: text,
        functions: flag,
        state: text,
        restart: flag,
        table: flag,
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    // The first sentence of Node's message states the error.
    const [sentence = ''] = (error as Error).message.split(/(?<=\.) |\n/)
    throw new UsageError(sentence)
  }
}
