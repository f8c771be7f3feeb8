import { statSync } from 'node:fs'
import { cpus } from 'node:os'
import { dirname } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { CLAIMS } from '../../demo/lab/claims.ts'
import type { ClaimName } from '../../demo/lab/story.ts'
import { UsageError } from '../tools/command-line.ts'
import { hasSection } from '../tools/markdown-section.ts'

export interface Options {
  readonly claims: readonly ClaimName[]
  readonly seeds: number
  readonly firstSeed: number
  /** The processes or workers that measure side by side. */
  readonly workers: number
  readonly where: 'node' | 'page'
  /** The file for the JSON. */
  readonly json: string | undefined
  /** The Markdown file whose section 'claims' gets the table. */
  readonly markdown: string | undefined
}

const NAMES = CLAIMS.map(({ name }) => name)
const DOCUMENT = fileURLToPath(new URL('../../docs/claims.md', import.meta.url))
const MOST_SEEDS = 1000

export const USAGE = `Usage: npm run claims -- [options]

Trains small networks to test what introductions to ReLU claim, and prints a table: claim, preset, seeds that passed
and were run, what was measured (median [smallest largest]), threshold, verdict.

  --seeds N       seeds of each claim, 1 to ${MOST_SEEDS} (default 20)
  --first N       the first seed (default 1)
  --claims LIST   ${inLines(NAMES)}
                  (default: all)
  --in WHERE      node (default), or page: the training worker of the demo page, in a headless Chromium
  --workers N     how many measure side by side (default: one a core, at most 4)
  --json FILE     writes { claims: [{ name, preset, passed, run, measured, threshold, verdict }] } there
  --markdown      writes the table into docs/claims.md
  --help          prints this

Exit status: 0 when all was measured, whatever the verdicts; 1 when something failed, 2 for a wrong option.
`

/** Reads the command line; undefined when it asks for help. @throws UsageError */
export function readOptions(words: readonly string[]): Options | undefined {
  const values = parse(words)
  if (values.help === true) return undefined
  const { json } = values
  if (json !== undefined && !isPlaceOfFile(json)) {
    throw new UsageError(`--json ${JSON.stringify(json)}: the name of a file in a folder that exists is needed.`)
  }
  if (values.markdown === true && !hasSection(DOCUMENT, 'claims')) {
    throw new UsageError('--markdown: docs/claims.md has no <!-- begin claims -->.')
  }
  return {
    claims: values.claims === undefined ? NAMES : [...new Set(values.claims.split(',').map(readName))],
    seeds: whole('seeds', values.seeds, 20, 1, MOST_SEEDS),
    firstSeed: whole('first', values.first, 1, 0, 2 ** 28),
    workers: whole('workers', values.workers, Math.min(4, cpus().length), 1, 64),
    where: readPlace(values.in),
    json,
    markdown: values.markdown === true ? DOCUMENT : undefined,
  }
}

function readName(word: string): ClaimName {
  const name = NAMES.find(one => one === word.trim())
  if (name === undefined) throw new UsageError(`--claims ${JSON.stringify(word)}: there is ${NAMES.join(', ')}.`)
  return name
}

function readPlace(word = 'node'): 'node' | 'page' {
  if (word !== 'node' && word !== 'page') throw new UsageError(`--in ${JSON.stringify(word)}: there is node, page.`)
  return word
}

function whole(name: string, text: string | undefined, fallback: number, least: number, most: number): number {
  if (text === undefined) return fallback
  const value = Number(text.trim() || NaN)
  if (Number.isInteger(value) && value >= least && value <= most) return value
  throw new UsageError(`--${name} ${JSON.stringify(text)}: a whole number from ${least} to ${most} is needed.`)
}

function isPlaceOfFile(path: string): boolean {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true
  return !isFolder && statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory() === true
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const
  const options = {
    seeds: text,
    first: text,
    claims: text,
    in: text,
    workers: text,
    json: text,
    markdown: { type: 'boolean' },
    help: { type: 'boolean', short: 'h' },
  } as const
  try {
    return parseArgs({ args: [...words], options }).values
  } catch (error) {
    // The first sentence of Node's message states the error.
    const [sentence = ''] = (error as Error).message.split(/(?<=\.) |\n/)
    throw new UsageError(sentence)
  }
}

/** A list of names, in lines that go below each other in the usage. */
function inLines(names: readonly string[]): string {
  const lines = ['']
  for (const name of names) {
    if (lines.at(-1)!.length + name.length > 90) lines.push('')
    lines[lines.length - 1] += `${name},`
  }
  return lines.join('\n                  ').slice(0, -1)
}
