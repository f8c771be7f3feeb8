import { existsSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { BYTES_PER_ELEMENT, type Format } from '../../src/support/formats.ts'
import { UsageError } from '../tools/command-line.ts'
import { hasSection } from '../tools/markdown-section.ts'
import { CHIPS } from './chips.ts'
import { activationOf, allIds, PARTS, type Question } from './kernels.ts'

export interface Options {
  readonly chips: readonly string[]
  readonly question: Omit<Question, 'chip'>
  readonly json: string | undefined
  readonly from: string | undefined
  /** The Markdown file whose section 'isa' gets the table. */
  readonly write: string | undefined
}

const FORMATS = Object.keys(BYTES_PER_ELEMENT)
const chipNames = CHIPS.map(({ name }) => name)
const partNames = Object.keys(PARTS)

export const USAGE = `Usage: npm run isa -- [options]

Prints what Mesa's compilers for AMD's GPUs make of kernels, on a machine that has none: vector operations for an element of the
common loop, the width of loads and stores, registers, the waves that a SIMD holds, spills, scratch and size; and whether memory or
arithmetic is the limit, by the figures that are published of a chip. Nothing is executed, so nothing is timed and no result is
checked. It installs Debian's mesa-drm-shim where it can.

  --chips LIST         any of ${chipNames.slice(0, 8).join()},
                       ${chipNames.slice(8).join()} (default: all)
  --activations LIST   such as relu,gelu,elu-alpha=0.5 (default: all)
  --formats LIST       any of ${FORMATS.join()}, or all (default f32)
  --parts LIST         any of ${partNames.join()},
                       or all (default plain)
  --json FILE          writes the figures there
  --from FILE          takes the figures of such a file, and compiles nothing
  --write FILE         writes a table into a Markdown file, such as docs/speed.md
  --help               prints this

Exit status: 0 when all was compiled, 1 when it cannot be, 2 for a wrong option.
`

/** Reads the command line; undefined when it asks for help. @throws UsageError */
export function readOptions(words: readonly string[]): Options | undefined {
  const { chips, activations, formats = 'f32', parts = 'plain', json, from, write, help } = parse(words)
  if (help === true) return undefined
  if (write !== undefined && !hasSection(write, 'isa'))
    throw new UsageError(`--write ${JSON.stringify(write)}: a Markdown file with <!-- begin isa --> is needed.`)
  if (from !== undefined && !existsSync(from))
    throw new UsageError(`--from ${JSON.stringify(from)}: there is no such file.`)
  const question = {
    activations: activations === undefined ? allIds() : activations.split(',').map(readActivation),
    formats: namesIn('formats', formats, FORMATS) as Format[],
    parts: namesIn('parts', parts, partNames),
  }
  return { chips: namesIn('chips', chips ?? 'all', chipNames), question, json, from, write }
}

function namesIn(option: string, list: string, names: readonly string[]): string[] {
  if (list === 'all') return [...names]
  const words = list.split(',').map(word => word.trim())
  const unknown = words.find(word => !names.includes(word))
  if (unknown === undefined) return [...new Set(words)]
  throw new UsageError(`--${option} ${JSON.stringify(unknown)}: there is ${names.join(', ')}.`)
}

function readActivation(word: string): string {
  const id = word.trim()
  try {
    activationOf(id)
    return id
  } catch (error) {
    throw new UsageError(`--activations ${JSON.stringify(id)}: ${(error as Error).message}`)
  }
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    const help = { type: 'boolean', short: 'h' } as const
    const options = {
      chips: text,
      activations: text,
      formats: text,
      parts: text,
      json: text,
      from: text,
      write: text,
      help,
    }
    return parseArgs({ args: [...words], options }).values
  } catch (error) {
    // The first sentence of Node's message states the error.
    const [sentence = ''] = (error as Error).message.split(/(?<=\.) |\n/)
    throw new UsageError(sentence)
  }
}
