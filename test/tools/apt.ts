import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { errorLine, runCommand, type CommandResult } from './command.ts'

/** The full path of a program on the PATH. */
export function onPath(program: string, environment: NodeJS.ProcessEnv = process.env): string | undefined {
  for (const directory of (environment['PATH'] ?? '').split(delimiter)) {
    if (directory === '') continue
    const path = join(directory, program)
    try {
      accessSync(path, constants.X_OK)
      return path
    } catch {
      // Not in this directory.
    }
  }
  return undefined
}

/**
 * What to put before a command so that it runs as root: nothing for root itself, sudo where it asks for no password.
 * Undefined where neither holds, or where there is no apt-get.
 */
export async function administrator(
  environment: NodeJS.ProcessEnv = process.env,
): Promise<readonly string[] | undefined> {
  if (process.platform !== 'linux' || onPath('apt-get', environment) === undefined) return undefined
  if (process.getuid?.() === 0) return []
  if (onPath('sudo', environment) === undefined) return undefined
  const { ok } = await runCommand('sudo', ['-n', 'true'], { seconds: 10 })
  return ok ? ['sudo', '-n'] : undefined
}

/** Runs a command as root, by the prefix that `administrator` gave. */
export function runAsAdministrator(
  prefix: readonly string[],
  command: readonly string[],
  seconds: number,
): Promise<CommandResult> {
  const [program, ...rest] = [...prefix, 'env', 'DEBIAN_FRONTEND=noninteractive', ...command]
  return runCommand(program as string, rest, { seconds })
}

/** Installs Debian packages; returns what went wrong, or undefined. `release` lets them come from there (-t). */
export async function installPackages(
  prefix: readonly string[],
  packages: readonly string[],
  release?: string,
): Promise<string | undefined> {
  const waitForLock = ['-o', 'DPkg::Lock::Timeout=120']
  // A failed update is no reason to stop: one broken third-party source fails it, and the package may come all the same.
  await runAsAdministrator(prefix, ['apt-get', 'update', ...waitForLock], 300)
  const from = release === undefined ? [] : ['-t', release]
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', ...waitForLock, ...from, ...packages]
  const result = await runAsAdministrator(prefix, command, 900)
  return result.ok ? undefined : errorLine(result)
}
