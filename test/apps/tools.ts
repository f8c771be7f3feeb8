import { spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Browser } from 'playwright'
import { errorLine, runCommand } from '../tools/command.ts'
import { serveBuiltPage } from '../tools/page.ts'
import type { Answer, Installed, Tools } from './app.ts'

const SECONDS = 300

/** Makes the tools of one row. @returns `end` stops what the row has started */
export function makeTools(
  installed: Installed,
  browser: () => Promise<Browser>,
): { tools: Tools; end: () => Promise<void> } {
  const { folder } = installed
  const endings: (() => unknown)[] = []

  const command: Tools['command'] = async (app, program, words, environment = {}) => {
    const result = await runCommand(program, words, {
      seconds: SECONDS,
      folder: join(folder, app),
      environment: { ...cleanEnvironment(), ...environment },
    })
    if (!result.ok) throw new Error(`${[program.split('/').at(-1), ...words].join(' ')}: ${lastLines(result.output)}`)
    return result.output
  }

  const tools: Tools = {
    ...installed,
    command,
    run: (app, program, words, environment) =>
      command(app, process.execPath, [programFile(folder, program), ...words], environment),
    start: (app, program, words, environment = {}) =>
      new Promise((resolve, reject) => {
        const server = spawn(process.execPath, [programFile(folder, program), ...words], {
          cwd: join(folder, app),
          stdio: ['ignore', 'pipe', 'pipe'],
          env: { ...cleanEnvironment(), ...environment },
        })
        endings.push(() => server.kill())
        const said: string[] = []
        for (const input of [server.stdout, server.stderr]) {
          createInterface({ input }).on('line', line => {
            said.push(line)
            // oxlint-disable-next-line no-control-regex -- the colours of a terminal
            const address = /http:\/\/(?:localhost|127\.0\.0\.1):\d+\/?/.exec(line.replaceAll(/\u001B\[\d+m/g, ''))
            if (address !== null) resolve(address[0].replace(/\/?$/, '/'))
          })
        }
        server.once('error', reject)
        server.once('exit', status =>
          reject(new Error(`${program} ended with status ${status}: ${lastLines(said.join('\n'))}`)),
        )
      }),
    async serve(below, headers) {
      const server = await serveBuiltPage(join(folder, below), headers)
      endings.push(() => server.close())
      return server.url
    },
    async open(address) {
      const page = await (await browser()).newPage()
      endings.push(() => page.close())
      const said: string[] = []
      page.on('console', message => {
        if (!['error', 'warning'].includes(message.type())) return
        said.push(message.text())
      })
      page.on('pageerror', error => void said.push(error.message))
      await page.goto(address)
      const deadline = performance.now() + 60_000
      for (;;) {
        // A development server may load the page again.
        const result = await page.evaluate(() => document.documentElement.dataset['result']).catch(() => undefined)
        if (said.length > 0) throw new Error(`the console says: ${said.join('; ')}`)
        if (result !== undefined) return JSON.parse(result) as Answer
        if (performance.now() > deadline) throw new Error(`no result after a minute at ${address}`)
        await new Promise(resolve => setTimeout(resolve, 50))
      }
    },
  }
  const end = async (): Promise<void> => {
    for (const ending of endings.toReversed()) await ending()
  }
  return { tools, end }
}

/** The file of a program that a tool of test/apps/package.json brings: 'vite', or 'typescript-5.7 tsc'. */
function programFile(folder: string, program: string): string {
  const [tool, name = tool] = program.split(' ') as [string, string?]
  const { bin } = JSON.parse(readFileSync(join(folder, 'node_modules', tool, 'package.json'), 'utf8')) as {
    bin: string | Record<string, string>
  }
  const file = typeof bin === 'string' ? bin : bin[name]
  if (file === undefined) throw new Error(`${tool} has no program ${name}`)
  return join(folder, 'node_modules', tool, file)
}

/** The environment of this process, without what npm, tsx and CI put there for their own children. */
function cleanEnvironment(): NodeJS.ProcessEnv {
  const kept = Object.entries(process.env).filter(
    ([name]) => !/^(npm_|NODE_OPTIONS$|NODE_PATH$|NODE_ENV$|CI$)/.test(name),
  )
  return { ...Object.fromEntries(kept), NO_COLOR: '1' }
}

function lastLines(output: string): string {
  const lines = output.trim().split('\n')
  return lines.length > 12 ? `${errorLine({ ok: false, output })}\n${lines.slice(-12).join('\n')}` : lines.join('\n')
}
