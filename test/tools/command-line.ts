/** A command line that cannot be carried out. Its message fits on one line. */
export class UsageError extends Error {}

/**
 * Runs a command with the words of the process, and sets the exit status.
 *
 * @param name the command, as in `npm run NAME`
 * @param readOptions gives undefined where help is asked for. @throws UsageError
 * @param run returns the exit status. @throws UsageError, for what only shows once it runs
 */
export async function runCommandLine<Options>(
  name: string,
  usage: string,
  readOptions: (words: readonly string[]) => Options | undefined,
  run: (options: Options, words: readonly string[]) => number | Promise<number>,
): Promise<void> {
  const words = process.argv.slice(2)
  try {
    const options = readOptions(words)
    if (options === undefined) process.stdout.write(usage)
    else process.exitCode = await run(options, words)
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message} See npm run ${name} -- --help\n`)
    process.exitCode = 2
  }
}
