import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser } from 'puppeteer-core'
import { administrator, installPackages, onPath } from './apt.ts'
import { starts } from './chromium.ts'

const fix = 'install Firefox, or set FIREFOX_PATH to one'

/** A Firefox that starts: FIREFOX_PATH, or the system's. @throws Error when FIREFOX_PATH names none */
export function findFirefox(environment: NodeJS.ProcessEnv = process.env): string | undefined {
  const chosen = environment['FIREFOX_PATH']
  if (chosen !== undefined && chosen !== '') {
    if (starts(chosen)) return chosen
    throw new Error(`FIREFOX_PATH is ${JSON.stringify(chosen)}, which does not start: ${fix}`)
  }
  const names = ['firefox-esr', 'firefox']
  return names
    .map(name => onPath(name, environment))
    .filter(path => path !== undefined)
    .find(starts)
}

/** A Firefox that starts; installs Debian's by apt-get where there is none. @throws Error when that cannot be done */
export async function provideFirefox(environment: NodeJS.ProcessEnv = process.env): Promise<string> {
  const present = findFirefox(environment)
  if (present !== undefined) return present
  const prefix = await administrator(environment)
  let failure: string | undefined = 'it needs Debian, and root or sudo without a password'
  if (prefix !== undefined) {
    process.stderr.write('Installing Firefox (apt-get) ...\n')
    failure = await installPackages(prefix, ['firefox-esr'])
    const installed = findFirefox(environment)
    if (installed !== undefined) return installed
  }
  throw new Error(`No Firefox, and apt-get installed none (${failure ?? 'it does not start'}): ${fix}`)
}

/** A headless Firefox with WebGPU, which sees this environment. */
export async function launchFirefox(
  executablePath: string,
  environment: Readonly<Record<string, string>>,
): Promise<Browser> {
  // Only here, because importing it takes its time, and leaves a global URLPattern behind.
  const { default: puppeteer } = await import('puppeteer-core')
  // It does not start where it cannot write to the folder of its user.
  const home = mkdtempSync(join(tmpdir(), 'firefox-'))
  const browser = await puppeteer.launch({
    browser: 'firefox',
    executablePath,
    headless: true,
    env: { ...process.env, ...environment, HOME: home },
    extraPrefsFirefox: {
      'dom.webgpu.enabled': true,
      'gfx.webgpu.force-enabled': true,
      'gfx.webgpu.ignore-blocklist': true,
    },
  })
  browser.once('disconnected', () => rmSync(home, { recursive: true, force: true }))
  return browser
}
