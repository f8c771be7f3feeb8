import { execFile } from 'node:child_process'

export interface CommandResult {
  ok: boolean
  /** Standard output and standard error, in this order. */
  output: string
}

/** Runs a command without a shell and without input. Never rejects: a failure to start is a result too. */
export function runCommand(
  command: string,
  commandArguments: readonly string[],
  options: { seconds: number; environment?: NodeJS.ProcessEnv; folder?: string },
): Promise<CommandResult> {
  return new Promise(resolve => {
    const child = execFile(
      command,
      commandArguments,
      {
        timeout: options.seconds * 1000,
        maxBuffer: 64 * 2 ** 20,
        windowsHide: true,
        ...(options.environment && { env: options.environment }),
        ...(options.folder !== undefined && { cwd: options.folder }),
      },
      (error, stdout, stderr) => {
        const reason = error?.killed ? `gave up after ${options.seconds} seconds` : (error?.message ?? '')
        resolve({ ok: error === null, output: `${stdout}${stderr}` || reason })
      },
    )
    child.stdin?.end()
  })
}

/** The error message of a command: its first line that names an error, or its last line. */
export function errorLine({ output }: CommandResult): string {
  const lines = output
    .split('\n')
    .map(line => line.trim())
    .filter(line => line !== '')
  const error = lines.find(line => /^(E|Error|error):/.test(line)) ?? lines.at(-1) ?? 'no output'
  return error.replace(/^(E|Error|error): */, '').replace(/, caused by$/, '')
}
