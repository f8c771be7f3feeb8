import { fork } from 'node:child_process'
import { on } from 'node:events'
import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { build } from 'vite'
import { findDeno, provideDeno } from '../../deno/program.ts'
import { manifestOf } from '../../tools/fetched.ts'
import { launchFirefox, provideFirefox } from '../../tools/firefox.ts'
import { serveBuiltPage } from '../../tools/page.ts'
import type { Row } from '../measure.ts'
import { provideProcessor } from '../processors.ts'
import type { EngineAnswer, EngineQuestion } from './page.ts'
import { fromText, toText } from './text.ts'

/** The results in one engine. */
export interface EngineOutcome {
  readonly description: string
  readonly rows: readonly Row[]
  /** The reason why it did not complete. */
  readonly problem: string | undefined
}

type Tell = (answer: EngineAnswer) => void
type Environment = Readonly<Record<string, string>>

const MEASURE = {
  deno: inDeno,
  firefox: inFirefox,
}

/** Measures this library in one engine, on lavapipe. Installs both where they are missing. @param hear receives the rows */
export async function measureEngine(
  question: EngineQuestion,
  hear: (rows: readonly Row[]) => void,
): Promise<EngineOutcome> {
  const rows: Row[] = []
  const folder = mkdtempSync(join(tmpdir(), 'accuracy-'))
  let description = 'not measured'
  try {
    const driver = await provideProcessor('lavapipe')
    if ('missing' in driver) throw new Error(`missing: ${driver.missing}`)
    await buildPage(folder)
    const version = await MEASURE[question.engine](question, folder, driver.environment, answer => {
      if ('description' in answer) ({ description } = answer)
      if ('rows' in answer) {
        rows.push(...answer.rows)
        hear(answer.rows)
      }
    })
    return { description: `${version}, ${description}`, rows, problem: undefined }
  } catch (error) {
    return { description, rows, problem: (error instanceof Error ? error.message : String(error)).split('\n')[0]! }
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** Bundles what the engines run. */
async function buildPage(folder: string): Promise<void> {
  await build({
    configFile: fileURLToPath(new URL('../../../vite.config.ts', import.meta.url)),
    mode: 'demo',
    root: fileURLToPath(new URL('.', import.meta.url)),
    logLevel: 'error',
    build: { outDir: folder, emptyOutDir: true, modulePreload: false },
  })
}

async function inDeno(question: EngineQuestion, folder: string, driver: Environment, tell: Tell): Promise<string> {
  const failure = await provideDeno()
  const program = findDeno()
  if (program === undefined) throw new Error(`missing: ${failure}`)
  const [script = ''] = readdirSync(join(folder, 'assets')).filter(name => name.endsWith('.js'))
  const child = fork(
    fileURLToPath(new URL('in-deno.ts', import.meta.url)),
    [pathToFileURL(join(folder, 'assets', script)).href],
    {
      execPath: program,
      execArgv: ['run', '--allow-all', '--unstable-webgpu'],
      // Without a Vulkan driver it would take OpenGL, where Mesa has the same names.
      env: { ...process.env, ...driver, DENO_WEBGPU_BACKEND: 'vulkan' },
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    },
  )
  let log = ''
  child.stderr!.on('data', (data: Buffer) => (log = (log + data.toString()).slice(-2000)))
  try {
    const messages = on(child, 'message', { close: ['exit'] }) as AsyncIterable<[string]>
    child.send(toText(question))
    for await (const [text] of messages) {
      const answer = fromText(text) as EngineAnswer
      if ('problem' in answer) throw new Error(answer.problem)
      if ('done' in answer) return `Deno ${manifestOf(dirname(program)).version}`
      tell(answer)
    }
    throw new Error(`its process ended (${child.signalCode ?? child.exitCode}): ${log.trim()}`)
  } finally {
    child.kill()
  }
}

async function inFirefox(question: EngineQuestion, folder: string, driver: Environment, tell: Tell): Promise<string> {
  const browser = await launchFirefox(await provideFirefox(), driver)
  const server = await serveBuiltPage(folder)
  try {
    const page = await browser.newPage()
    page.setDefaultTimeout(0)
    const closed = new Promise<never>((_, reject) => page.on('close', () => reject(new Error('its page was closed'))))
    await page.exposeFunction('engineAnswer', (text: string) => tell(fromText(text) as EngineAnswer))
    await page.goto(server.url)
    await page.waitForFunction(() => globalThis.measureEngine !== undefined)
    const measured = page.evaluate(asked => {
      const { engineAnswer } = globalThis as unknown as { engineAnswer: (answer: string) => Promise<void> }
      return globalThis.measureEngine!(asked, engineAnswer)
    }, toText(question))
    await Promise.race([measured, closed])
    return (await browser.version()).replace('firefox/', 'Firefox ')
  } finally {
    await browser.close()
    await server.close()
  }
}
