import { parseArgs } from 'node:util'
import { checkPath, inLines, jsonProblem } from '../throughput/options.ts'
import { UsageError } from '../tools/command-line.ts'
import type { App } from './app.ts'
import { APPS } from './rows/index.ts'

export interface Options {
  readonly apps: readonly App[]
  /** True where the apps were asked for by name. */
  readonly named: boolean
  /** The file for the JSON. */
  readonly json: string | undefined
}

export const USAGE = `Usage: npm run apps -- [NAME ...] [options]

Packs the library, installs the tarball beside small apps, builds each and runs it in Chromium (on SwiftShader) or in its
runtime, and prints a table. Without a name it takes all:
                       ${inLines(APPS.map(({ name }) => name))}

  --json FILE          writes { library, rows: [{ name, version, built, runs, processors, problem, seconds }] } there
  --help               prints this

The tools of the apps (1 GB) are installed into the system's folder for temporary files, and stay there.
Exit status: 0 when every app works, 1 when one fails, 2 for a wrong option or a runtime that is named and not there.
`

/** Reads the command line; undefined when it asks for help. @throws UsageError */
export function readOptions(words: readonly string[], apps: readonly App[]): Options | undefined {
  const { values, positionals } = parse(words)
  if (values.help === true) return undefined
  const unknown = positionals.find(name => !apps.some(app => app.name === name))
  if (unknown !== undefined) {
    throw new UsageError(`${JSON.stringify(unknown)}: there is ${apps.map(({ name }) => name).join(', ')}.`)
  }
  checkPath('--json', values.json, jsonProblem)
  const named = positionals.length > 0
  return { apps: named ? apps.filter(({ name }) => positionals.includes(name)) : apps, named, json: values.json }
}

function parse(words: readonly string[]) {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: { json: { type: 'string' }, help: { type: 'boolean', short: 'h' } },
    })
  } catch (error) {
    // The first sentence of Node's message states the error.
    const [sentence = ''] = (error as Error).message.split(/(?<=\.) |\n/)
    throw new UsageError(sentence)
  }
}
