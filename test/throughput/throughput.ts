import { writeFileSync } from 'node:fs'
import { cpus } from 'node:os'
import { formatElements, formatMeasured } from '../../demo/support/format.ts'
import type { EmptyPage } from './browsers.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { writeSection } from '../tools/markdown-section.ts'
import { runCommandLine } from '../tools/command-line.ts'
import { ProgressLine } from '../tools/progress.ts'
import type { PageEvents } from '../../demo/shell/events.ts'
import {
  choiceOf,
  describeAdapter,
  jsonReport,
  markdownTable,
  residencyOf,
  verdict,
} from '../../demo/rooms/throughput/report/report.ts'
import { type Environment, hasFailed, isPeer, type Row } from '../../demo/measure/rows.ts'
import { writeState } from '../../demo/state/state.ts'
import { speedTables } from './speed-tables.ts'

/** The events of a run. */
interface Outcome {
  environment: Environment | undefined
  readonly rows: Row[]
  /** Why WebGPU was left out, though it was chosen. */
  missing: string | undefined
  /** Why the run did not come to its end. */
  problem: string | undefined
}

await runCommandLine('throughput', USAGE, readOptions, main)

async function main(options: Options, words: readonly string[]): Promise<number> {
  const outcome = await measure(options)
  const { environment, rows, problem, missing } = outcome
  if (environment !== undefined && options.json !== undefined) {
    try {
      writeFileSync(options.json, jsonReport(environment, rows))
    } catch (error) {
      outcome.problem = `--json ${JSON.stringify(options.json)}: ${(error as Error).message}`
    }
  }
  if (environment !== undefined && options.write !== undefined && outcome.problem === undefined) {
    await writeSection(
      options.write,
      'throughput',
      `${speedTables(rows)}\n${aboutRun(environment, options.state.runs, words)}`,
    )
  }
  if (rows.length > 0) process.stdout.write(`${markdownTable(rows)}\n`)
  if (outcome.problem !== undefined) process.stderr.write(`${outcome.problem}\n`)
  else if (problem === undefined && rows.length === 0) process.stderr.write('Nothing was measured.\n')
  const failures = rows.filter(row => hasFailed(row) && !isPeer(row)).length
  const peerFailures = rows.filter(row => hasFailed(row) && isPeer(row)).length
  if (peerFailures > 0) process.stderr.write(`${peerFailures} rows of other libraries failed.\n`)
  if (failures > 0) process.stderr.write(`${failures} of ${rows.length} rows failed.\n`)
  if (missing !== undefined) process.stderr.write(`WebGPU was not measured: ${missing}. The CPU alone was.\n`)
  const failed = failures > 0 || outcome.problem !== undefined || (missing !== undefined && options.needsWebgpu)
  return failed || !rows.some(row => row.medianMs !== undefined) ? 1 : 0
}

/** Where and how the tables were measured, in a line. */
function aboutRun(
  { when, library, adapter, userAgent, peers = {} }: Environment,
  runs: number,
  words: readonly string[],
): string {
  const versions = Object.entries(peers).map(([name, version]) => `${name} ${version}`)
  const browser = /(Chrome|Firefox)\/\d+/.exec(userAgent)?.[0] ?? userAgent
  const [first] = cpus()
  const machine = `${cpus().length} cores of ${first?.model.trim() ?? process.arch}, ${process.platform}`
  const parts = [
    when.slice(0, 10),
    `webgpu-activations ${library}`,
    describeAdapter(adapter),
    browser,
    machine,
    ...versions,
  ]
  return `${parts.join(', ')}; medians of ${runs} runs: \`npm run throughput -- ${words.join(' ')}\``
}

async function measure(options: Options): Promise<Outcome> {
  const outcome: Outcome = { environment: undefined, rows: [], missing: undefined, problem: undefined }
  const progress = new ProgressLine(process.stderr)
  const cleanUp: (() => Promise<void>)[] = []
  try {
    // Here, because Vite and Playwright take a second to load, for which a typing error should not wait.
    const { ISOLATION, serveBuiltPage, servePage } = await import('../tools/page.ts')
    const { openPage } = await import('./browsers.ts')
    const headers = options.state.threads > 1 ? ISOLATION : {}
    const server = await (options.page === undefined ? servePage(headers) : serveBuiltPage(options.page, headers))
    cleanUp.push(() => server.close())
    const page = await openPage(options)
    cleanUp.push(() => page.close())
    await follow(page, `${server.url}${writeState(options.state)}`, options.file, outcome, progress)
  } catch (error) {
    // Playwright adds its log on further lines.
    outcome.problem = (error instanceof Error ? error.message : String(error)).split('\n')[0]!
  } finally {
    progress.clear()
    for (const close of cleanUp.toReversed()) await close()
  }
  return outcome
}

/** Opens the page and takes down what its events say, until its run ends. */
async function follow(
  page: EmptyPage,
  url: string,
  file: string | undefined,
  outcome: Outcome,
  progress: ProgressLine,
): Promise<void> {
  const ended = new Promise<void>((resolve, reject) => {
    const told: { readonly [Type in keyof PageEvents]: (detail: PageEvents[Type]) => void } = {
      'throughput:start': ({ environment, rows, input, missing }) => {
        outcome.environment = environment
        outcome.missing = missing
        const adapter = describeAdapter(environment.adapter)
        progress.line(`webgpu-activations ${environment.library}: ${rows} rows; adapter ${adapter}; input ${input}`)
        if (choiceOf(environment) !== '') progress.line(choiceOf(environment))
      },
      'throughput:progress': ({ done, rows, step }) => progress.update(`row ${done + 1} of ${rows}: ${step}`),
      'throughput:row': row => {
        outcome.rows.push(row)
        progress.item(describeRow(row))
      },
      'throughput:notice': ({ topic, text }) => {
        // The page waits for another file, and nobody here will choose one.
        if (topic === 'file') reject(new Error(text))
        // Told at the end, where it is not overlooked, and not at all to whom the CPU is enough.
        else if (topic !== 'webgpu') progress.line(text)
      },
      'throughput:end': ({ finished, reason }) => (finished ? resolve() : reject(new Error(reason))),
    }
    void page
      .listen({
        event: (type, detail) => told[type](detail),
        complaint: text => progress.line(`The page reports an error: ${text}`),
        failure: reject,
      })
      .then(() => page.open(url))
      .then(() => (file === undefined ? undefined : page.choose(file)))
      .catch(reject)
  })
  await ended
}

function describeRow(row: Row): string {
  const { library, activation, direction, processor, elements, medianMs, gigabytesPerSecond } = row
  const whose = library === 'webgpu-activations' ? '' : `${library} `
  const what = `${whose}${activation} ${direction}, ${processor} ${residencyOf(row)}, ${formatElements(elements)}`
  if (medianMs === undefined || gigabytesPerSecond === undefined) return `${what}: ${verdict(row)}`
  return `${what}: ${formatMeasured(medianMs)} ms, ${formatMeasured(gigabytesPerSecond)} GB/s, ${verdict(row)}`
}
