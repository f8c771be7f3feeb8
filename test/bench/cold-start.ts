import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { gzipSync } from 'node:zlib'
import type { Browser } from 'playwright'
import { build, type InlineConfig, preview } from 'vite'
import { environmentOf } from '../accuracy/report.ts'
import { formatMeasured } from '../../demo/support/format.ts'
import { fenced, writeSection } from '../tools/markdown-section.ts'
import { launchBrowser } from '../tools/page.ts'
import { summarize } from '../../demo/measure/timing.ts'
import { bareSources, kernels } from '../../vite.config.ts'
import { STARTED, type Started } from './cold-start/names.ts'

const USAGE = `Usage: npm run bench -- start [--runs N] [--json FILE] [--write FILE]

Times, in a headless Chromium on SwiftShader, how long a library takes from its import to the first result: relu over 65,536
elements, array in, array out, each time in a page with an empty cache; and how much it loads for that. Libraries take turns.
`
const ELEMENTS = 2 ** 16

/** The timings of one start. */
interface Start {
  readonly milliseconds: number
  /** The files that it loaded. */
  readonly files: readonly string[]
}

export async function main(words: readonly string[]): Promise<number> {
  const text = { type: 'string' } as const
  let values
  try {
    ;({ values } = parseArgs({
      args: [...words],
      options: { runs: text, json: text, write: text, help: { type: 'boolean' } },
    }))
  } catch (error) {
    process.stderr.write(`${(error as Error).message}. See npm run bench -- start --help\n`)
    return 2
  }
  const { runs = '9', json, write, help } = values
  if (help || !/^[1-9]\d{0,2}$/.test(runs)) {
    process.stdout.write(USAGE)
    return help ? 0 : 2
  }
  const { starts, sizes } = await measure(Number(runs))
  const rows = STARTED.map(started => {
    const own = starts.get(started)!
    return { started, ...summarize(own.map(({ milliseconds }) => milliseconds)), bytes: sizes.get(started)! }
  })
  const width = Math.max(...STARTED.map(({ length }) => length))
  const lines = rows.map(({ started, medianMs, p5Ms, p95Ms, bytes }) => {
    const spread = `${formatMeasured(p5Ms)} to ${formatMeasured(p95Ms)}`
    return `${started.padEnd(width)}  ${formatMeasured(medianMs)} ms (${spread}), ${Math.round(bytes / 1000)} kB gzipped`
  })
  const environment = environmentOf(['start', ...words], 'bench')
  const { when, machine, library, command } = environment
  const about = `${when.slice(0, 10)}, webgpu-activations ${library}, ${machine}: ${command}`
  process.stdout.write(`${lines.join('\n')}\n\n${about}\n`)
  if (write !== undefined) await writeSection(write, 'start', fenced(lines, about))
  if (json !== undefined) writeFileSync(json, `${JSON.stringify({ environment, elements: ELEMENTS, rows })}\n`)
  return 0
}

/** All starts of each library, and the bytes that it loads: all its files, gzipped. */
async function measure(runs: number): Promise<{ starts: Map<Started, Start[]>; sizes: Map<Started, number> }> {
  const outDir = mkdtempSync(join(tmpdir(), 'cold-start-'))
  const root = fileURLToPath(new URL('cold-start', import.meta.url))
  const shared = { root, configFile: false, logLevel: 'error', plugins: [bareSources, kernels] } satisfies InlineConfig
  await build({ ...shared, build: { outDir, emptyOutDir: true, target: 'es2022', modulePreload: false } })
  const server = await preview({ ...shared, build: { outDir }, preview: { host: '127.0.0.1', port: 0 } })
  const browser = await launchBrowser('swiftshader')
  try {
    const url = server.resolvedUrls!.local[0]!
    const starts = new Map<Started, Start[]>(STARTED.map(started => [started, []]))
    // The first start of all has the browser start its GPU process.
    await startOne(browser, url, STARTED[0])
    for (let run = 0; run < runs; run++) {
      for (const [started, own] of starts) own.push(await startOne(browser, url, started))
    }
    const sizes = new Map(
      [...starts].map(([started, own]) => {
        const files = own[0]!.files.map(file => gzipSync(readFileSync(join(outDir, file))).length)
        return [started, files.reduce((sum, size) => sum + size, 0)]
      }),
    )
    return { starts, sizes }
  } finally {
    await browser.close()
    await server.close()
    rmSync(outDir, { recursive: true })
  }
}

/** Starts a library in a page of its own, with a cache of its own. */
async function startOne(browser: Browser, url: string, started: Started): Promise<Start> {
  const context = await browser.newContext()
  try {
    const page = await context.newPage()
    await page.goto(url)
    await page.waitForFunction(() => window.start !== undefined)
    const milliseconds = await page.evaluate(([name, elements]) => window.start!(name, elements), [
      started,
      ELEMENTS,
    ] as const)
    const loaded = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name))
    return { milliseconds, files: loaded.map(name => new URL(name).pathname) }
  } finally {
    await context.close()
  }
}
