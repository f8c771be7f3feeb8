import { accessSync, constants, existsSync, readdirSync, type Stats, statSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { parseArgs } from 'node:util'
import { ACTIVATION_NAMES, DIRECTIONS, FEWEST_RUNS, MOST_RUNS, PROCESSORS } from '../../demo/state/choices.ts'
import { describeParameters, PARAMETER_KEYS, readParameters } from '../../demo/state/parameters.ts'
import { PEER_NAMES } from '../../demo/state/peers.ts'
import { DEFAULTS, type State } from '../../demo/state/state.ts'
import { NUMBERS, readSize, SIZE_RULE } from '../../demo/state/throughput.ts'
import { UsageError } from '../tools/command-line.ts'
import { hasSection } from '../tools/markdown-section.ts'

export interface Options {
  readonly state: State
  /** A picture, a .npy or a .safetensors to take x from. */
  readonly file: string | undefined
  /** The file for the JSON. */
  readonly json: string | undefined
  /** The Markdown file whose section 'throughput' gets the tables. */
  readonly write: string | undefined
  readonly browser: 'chromium' | 'firefox'
  /** The software adapter of the browser, or this machine's GPU. */
  readonly adapter: 'swiftshader' | 'lavapipe' | 'hardware'
  /** The folder of a page that has been built; undefined: it is built for the run. */
  readonly page: string | undefined
  /** True where --processor names WebGPU: a run without it fails then. */
  readonly needsWebgpu: boolean
}

export const USAGE = `Usage: npm run throughput -- [options]

Measures the activation functions in a headless browser, checks every result, and prints a table.

  --sizes LIST         elements, such as 1024,64Ki,1Mi,2^24 (default ${DEFAULTS.sizes.join()})
  --activations LIST   any of ${inLines(ACTIVATION_NAMES)}
                       or all (default ${DEFAULTS.activations.join()})
  --directions LIST    any of ${DIRECTIONS.join()} (default: both)
  --processor LIST     any of ${PROCESSORS.join()} (default: both)
  --peers [LIST]       measures other libraries too, in turn with ours, run by run: any of
                       ${PEER_NAMES.join()},
                       or all (default: none; all without a list). Each as far as it has the activation,
                       on the processors that are measured
  --input FILE         a picture (its horizontal Sobel response), a .npy, or a .safetensors, of which the first tensor
                       that can be read is taken (default: random normal)
  --threads N          threads on the CPU, of this library and of others, 1 to 16 (default ${DEFAULTS.threads}); the page is
                       cross-origin isolated for more than one
  --runs N             timed runs of each row, ${FEWEST_RUNS} to ${MOST_RUNS} (default ${DEFAULTS.runs})
  --json FILE          writes the results there, also when a check failed
  --write FILE         writes tables into a Markdown file, such as docs/speed.md
  --browser NAME       chromium or firefox (default chromium)
  --adapter KIND       swiftshader in Chromium, lavapipe in Firefox, or hardware (default: hardware where there is a GPU
                       and no CI)
  --page FOLDER        the page as npm run demo built it, such as dist-demo (default: built anew)
  --help               prints this

Parameters, of the activations named that have one of that name; --elu.alpha NUMBER is for elu alone:
${describeParameters()
  .map(({ name, values, owners }) => `  ${`--${name} ${values}`.padEnd(28)} ${owners}`)
  .join('\n')}

Exit status: 0 when every check passed, 1 when one failed (that of another library counts for nothing), nothing was
measured, or --processor names webgpu and there is none, 2 for a wrong option.
`

/** Reads the command line; undefined when it asks for help. @throws UsageError */
export function readOptions(words: readonly string[]): Options | undefined {
  const { values, parameters } = parse(words)
  if (values.help === true) return undefined

  const refuse = (name: string, text: string, rule: string): never => {
    throw new UsageError(`--${name} ${JSON.stringify(text)}: ${rule}.`)
  }
  const list = <Value>(
    name: string,
    text: string | undefined,
    fallback: readonly Value[],
    read: (word: string) => Value | undefined,
    rule: string,
  ): readonly Value[] => {
    if (text === undefined) return fallback
    const chosen = text.split(',').map(word => {
      const value = read(word.trim())
      return value ?? refuse(name, word, rule)
    })
    return [...new Set(chosen)]
  }
  const oneOf = <Value extends string>(
    name: string,
    text: string | undefined,
    choices: readonly Value[],
    fallback: readonly Value[] = choices,
  ) => list(name, text, fallback, word => choices.find(choice => choice === word), `there is ${choices.join(', ')}`)
  const runs = values.runs === undefined ? DEFAULTS.runs : Number(values.runs.trim() || NaN)
  if (!NUMBERS.runs.valid(runs)) refuse('runs', values.runs!, NUMBERS.runs.rule)

  const threads = values.threads === undefined ? DEFAULTS.threads : Number(values.threads.trim() || NaN)
  if (!NUMBERS.threads.valid(threads)) refuse('threads', values.threads!, NUMBERS.threads.rule)

  const sizes = list('sizes', values.sizes, DEFAULTS.sizes, readSize, SIZE_RULE)
  const activations =
    values.activations === 'all'
      ? ACTIVATION_NAMES
      : oneOf('activations', values.activations, ACTIVATION_NAMES, DEFAULTS.activations)
  const state: State = {
    ...DEFAULTS,
    room: 'throughput',
    sizes: sizes.toSorted((a, b) => a - b),
    activations,
    parameters: readParameters(key => parameters[key], activations, refuse),
    directions: oneOf('directions', values.directions, DIRECTIONS),
    processors: oneOf('processor', values.processor, PROCESSORS),
    peers: values.peers === 'all' ? PEER_NAMES : oneOf('peers', values.peers, PEER_NAMES, []),
    runs,
    threads,
    input: values.input === undefined ? 'normal' : /\.(npy|safetensors)$/i.test(values.input) ? 'npy' : 'picture',
    run: true,
  }
  checkPath('--input', values.input, inputProblem)
  checkPath('--json', values.json, jsonProblem)
  checkPath('--page', values.page, pageProblem)
  checkPath('--write', values.write, writeProblem)
  const one = <Value extends string>(name: string, text: string, choices: readonly Value[]): Value =>
    choices.find(choice => choice === text) ?? refuse(name, text, `there is ${choices.join(', ')}`)
  const browser = one('browser', values.browser ?? 'chromium', ['chromium', 'firefox'])
  const software = browser === 'chromium' ? 'swiftshader' : 'lavapipe'
  const adapter = one('adapter', values.adapter ?? (hasGpu() ? 'hardware' : software), [software, 'hardware'])
  const needsWebgpu = values.processor !== undefined && state.processors.includes('webgpu')
  const { input: file, json, write, page } = values
  return { state, file, json, write, browser, adapter, page, needsWebgpu }
}

/** A list of names, in lines that go below each other in the usage. */
export function inLines(names: readonly string[]): string {
  const lines = ['']
  for (const name of names) {
    if (lines.at(-1)!.length + name.length > 70) lines.push('')
    lines[lines.length - 1] += `${name},`
  }
  return lines.join('\n                       ').slice(0, -1)
}

/** Checks the path of a file by `problemOf`. @throws UsageError */
export function checkPath(
  name: string,
  path: string | undefined,
  problemOf: (path: string) => string | undefined,
): void {
  if (path === undefined) return
  let problem: string | undefined
  try {
    problem = problemOf(path)
  } catch (error) {
    problem = (error as Error).message
  }
  if (problem !== undefined) throw new UsageError(`${name} ${JSON.stringify(path)}: ${problem}.`)
}

/** Why there is nothing to read, if so. */
export function inputProblem(path: string): string | undefined {
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats === undefined) return 'there is no such file'
  if (!stats.isFile()) return `it is ${kindOf(stats)}, and a file is needed`
  accessSync(path, constants.R_OK)
  return undefined
}

function pageProblem(path: string): string | undefined {
  const index = statSync(join(path, 'index.html'), { throwIfNoEntry: false })
  return index?.isFile() ? undefined : 'there is no page in it'
}

function writeProblem(path: string): string | undefined {
  return hasSection(path, 'throughput') ? undefined : 'a Markdown file with <!-- begin throughput --> is needed'
}

/** Why nothing can be written there, as far as one can tell without writing. */
export function jsonProblem(path: string): string | undefined {
  if (path === '') return 'the name of a file is needed'
  const stats = statSync(path, { throwIfNoEntry: false })
  if (stats?.isDirectory() || path.endsWith('/') || path.endsWith(sep)) return 'it is a folder, and a file is needed'
  if (!statSync(dirname(path), { throwIfNoEntry: false })?.isDirectory()) return 'there is no such folder'
  accessSync(stats === undefined ? dirname(path) : path, constants.W_OK)
  return undefined
}

function kindOf(stats: Stats): string {
  if (stats.isDirectory()) return 'a folder'
  if (stats.isFIFO()) return 'a pipe'
  return stats.isSocket() ? 'a socket' : 'a device'
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const
  try {
    const parameters = Object.fromEntries(PARAMETER_KEYS.map(key => [key, text]))
    const { values } = parseArgs({
      args: joinNegative(nameAllPeers(words)),
      options: {
        ...parameters,
        sizes: text,
        activations: text,
        directions: text,
        processor: text,
        peers: text,
        input: text,
        runs: text,
        threads: text,
        json: text,
        write: text,
        browser: text,
        adapter: text,
        page: text,
        help: { type: 'boolean', short: 'h' },
      },
    })
    return { values, parameters: values as Readonly<Record<string, string | undefined>> }
  } catch (error) {
    // Node explains at length; its first sentence says what is wrong.
    const [sentence = ''] = (error as Error).message.split(/(?<=\.) |\n/)
    throw new UsageError(sentence)
  }
}

/** Makes `--peers=all` of a `--peers` that no list follows. */
function nameAllPeers(words: readonly string[]): string[] {
  return words.map((word, i) => (word === '--peers' && (words[i + 1] ?? '-').startsWith('-') ? '--peers=all' : word))
}

/** Joins `--alpha -0.5` to `--alpha=-0.5`, where Node would ask what is meant. */
export function joinNegative(words: readonly string[]): string[] {
  const joined: string[] = []
  for (const word of words) {
    const last = joined.length - 1
    if (/^-[\d.]/.test(word) && /^--[^=]+$/.test(joined[last] ?? '')) joined[last] += `=${word}`
    else joined.push(word)
  }
  return joined
}

function hasGpu(): boolean {
  if (process.env['CI']) return false
  if (process.platform !== 'linux') return true
  const nodes = existsSync('/dev/dri') ? readdirSync('/dev/dri') : []
  return nodes.some(node => node.startsWith('renderD')) || existsSync('/dev/nvidia0')
}
