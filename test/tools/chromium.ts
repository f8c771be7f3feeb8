import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { homedir } from 'node:os'
import { dirname, join } from 'node:path'
import { chromium } from 'playwright'
import { administrator, installPackages, onPath, runAsAdministrator } from './apt.ts'
import { errorLine, runCommand } from './command.ts'

type Environment = NodeJS.ProcessEnv

const fix = 'install Chromium or Google Chrome, or set CHROMIUM_PATH to one'

/** The paths of browsers on Windows and macOS, which are not on the PATH. */
function usualPlaces(environment: Environment): string[] {
  if (process.platform === 'darwin') {
    const applications = ['/Applications', join(homedir(), 'Applications')]
    return applications.flatMap(folder =>
      ['Chromium', 'Google Chrome'].map(name => join(folder, `${name}.app`, 'Contents', 'MacOS', name)),
    )
  }
  if (process.platform === 'win32') {
    const folders = ['PROGRAMFILES', 'PROGRAMFILES(X86)', 'LOCALAPPDATA'].map(name => environment[name])
    return folders
      .filter(folder => folder !== undefined)
      .flatMap(folder => ['Chromium', 'Google/Chrome'].map(name => join(folder, name, 'Application', 'chrome.exe')))
  }
  return []
}

/**
 * True where the browser starts. An existing file may lack libraries (Playwright's own download on a bare machine) or be a stub
 * that asks for a snap (Ubuntu's chromium-browser).
 */
export function starts(path: string): boolean {
  if (!existsSync(path)) return false
  // On Windows `--version` opens a window instead.
  if (process.platform === 'win32') return true
  return spawnSync(path, ['--version'], { stdio: 'ignore', timeout: 20_000 }).status === 0
}

/** A Chromium that starts: CHROMIUM_PATH, Playwright's own, or the system's. */
export function findChromium(environment: Environment = process.env): string | undefined {
  const chosen = environment['CHROMIUM_PATH']
  if (chosen !== undefined && chosen !== '') {
    if (starts(chosen)) return chosen
    throw new Error(`CHROMIUM_PATH is ${JSON.stringify(chosen)}, which does not start: ${fix}`)
  }
  const names = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome']
  const onThePath = names.map(name => onPath(name, environment)).filter(path => path !== undefined)
  return [chromium.executablePath(), ...onThePath, ...usualPlaces(environment)].find(starts)
}

function playwrightCommand(commandArguments: readonly string[]): string[] {
  const manifest = createRequire(import.meta.url).resolve('playwright/package.json')
  return [process.execPath, join(dirname(manifest), 'cli.js'), ...commandArguments]
}

/** A Chromium that starts; installs one where there is none: Playwright's own, or else Debian's by apt-get. */
export async function provideChromium(environment: Environment = process.env): Promise<string> {
  const present = findChromium(environment)
  if (present !== undefined) return present

  process.stderr.write('No Chromium here: installing one (Playwright) ...\n')
  const [node, ...download] = playwrightCommand(['install', '--no-shell', 'chromium'])
  const downloaded = await runCommand(node as string, download, { seconds: 300, environment })
  const failures = [`Playwright: ${downloaded.ok ? 'its browser does not start' : errorLine(downloaded)}`]

  const prefix = await administrator(environment)
  if (downloaded.ok) {
    if (starts(chromium.executablePath())) return chromium.executablePath()
    if (prefix !== undefined) {
      process.stderr.write("Installing the libraries of Playwright's Chromium (apt-get) ...\n")
      await runAsAdministrator(prefix, playwrightCommand(['install-deps', 'chromium']), 900)
      if (starts(chromium.executablePath())) return chromium.executablePath()
    }
  }
  if (prefix === undefined) {
    failures.push('apt-get: needs Debian or Ubuntu, and root or sudo without a password')
  } else {
    process.stderr.write('Installing Chromium (apt-get) ...\n')
    // Without any font, text in screenshots is empty boxes.
    const failure = await installPackages(prefix, ['chromium', 'fonts-dejavu-core'])
    const installed = findChromium(environment)
    if (installed !== undefined) return installed
    failures.push(`apt-get: ${failure ?? 'its browser does not start'}`)
  }
  throw new Error(`No Chromium, and none could be installed (${failures.join('; ')}): ${fix}`)
}

/**
 * Command line of a headless Chromium with WebGPU. 'swiftshader' is the software adapter, the same on every machine;
 * 'hardware' leaves the choice to Chromium, which takes SwiftShader where it finds no GPU.
 */
export function chromiumArguments(options: { adapter: 'swiftshader' | 'hardware' }): string[] {
  const common = [
    // Without a GPU that Chromium trusts, navigator.gpu gives no adapter unless this is set.
    '--enable-unsafe-webgpu',
    '--disable-background-networking',
    '--disable-component-update',
    '--disable-sync',
    '--disable-quic',
    '--no-first-run',
  ]
  // Chromium's sandbox refuses to start for root.
  if (process.getuid?.() === 0) common.push('--no-sandbox')
  if (options.adapter === 'swiftshader') return [...common, '--use-webgpu-adapter=swiftshader']
  if (process.platform !== 'linux') return common
  // On Linux WebGPU needs Vulkan, which Chromium does not turn on by itself; headless, there is no surface to present to.
  // These are the flags of https://developer.chrome.com/blog/supercharge-web-ai-testing.
  return [...common, '--use-angle=vulkan', '--enable-features=Vulkan', '--disable-vulkan-surface']
}
