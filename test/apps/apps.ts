import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright'
import { runCommandLine, UsageError } from '../tools/command-line.ts'
import { launchBrowser } from '../tools/page.ts'
import { type App, type Installed, problemOf } from './app.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { type Row, tableOf } from './report.ts'
import { APPS } from './rows/index.ts'
import { makeTools } from './tools.ts'
import { installTarball } from './workspace.ts'

// npm run apps: small apps that use the library as it is packed.

const say = (line: string): void => void process.stderr.write(`${line}\n`)

await runCommandLine('apps', USAGE, words => readOptions(words, APPS), run)

async function run(options: Options): Promise<number> {
  const installed = await installTarball(say)
  const here: App[] = []
  for (const app of options.apps) {
    const absent = app.absent?.(installed)
    if (absent !== undefined && options.named) throw new UsageError(`${app.name}: ${absent}.`)
    if (absent === undefined) here.push(app)
    else say(`${app.name} is left out: ${absent}.`)
  }

  let opened: Promise<Browser> | undefined
  const browser = (): Promise<Browser> => (opened ??= launchBrowser('swiftshader'))
  const rows: Row[] = []
  try {
    for (const app of here) rows.push(await runApp(app, installed, browser))
  } finally {
    await (await opened)?.close()
  }
  process.stdout.write(tableOf(rows))
  if (options.json !== undefined) {
    writeFileSync(options.json, `${JSON.stringify({ library: installed.version, rows }, null, 2)}\n`)
  }
  return rows.every(row => row.problem === undefined) ? 0 : 1
}

async function runApp(app: App, installed: Installed, browser: () => Promise<Browser>): Promise<Row> {
  say(`${app.name} ...`)
  const start = performance.now()
  const { tools, end } = makeTools(installed, browser)
  const row = { name: app.name, version: versionOf(app, installed), built: app.built, runs: app.runs }
  const seconds = (): number => Math.round((performance.now() - start) / 100) / 10
  try {
    const answer = await app.run(tools)
    const problem = problemOf(app, installed, answer)
    const processors = answer.reports.map(report => report.processor)
    return { ...row, processors, problem, seconds: seconds() }
  } catch (error) {
    return { ...row, processors: [], problem: (error as Error).message, seconds: seconds() }
  } finally {
    await end()
  }
}

function versionOf({ version }: App, installed: Installed): string {
  if (/^[\d.]+$/.test(version)) return version
  if (version === 'library') return installed.version
  const manifest = JSON.parse(
    readFileSync(join(installed.folder, 'node_modules', version, 'package.json'), 'utf8'),
  ) as {
    version: string
  }
  return manifest.version
}
