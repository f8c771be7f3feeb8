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
 * The command prefix that runs a command as root: empty for root, sudo where it needs no password. Undefined where neither holds,
 * or without apt-get.
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

/** Installs Debian packages. @param release the target release (-t) @returns the error, if any */
export async function installPackages(
  prefix: readonly string[],
  packages: readonly string[],
  release?: string,
): Promise<string | undefined> {
  const waitForLock = ['-o', 'DPkg::Lock::Timeout=120']
  // A failed update is ignored: one broken third-party source fails it, and the package may still be available.
  await runAsAdministrator(prefix, ['apt-get', 'update', ...waitForLock], 300)
  const from = release === undefined ? [] : ['-t', release]
  const command = ['apt-get', 'install', '-y', '--no-install-recommends', ...waitForLock, ...from, ...packages]
  const result = await runAsAdministrator(prefix, command, 900)
  return result.ok ? undefined : errorLine(result)
}
