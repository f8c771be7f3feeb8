import { parseArgs } from 'node:util'
import { UsageError } from '../tools/command-line.ts'

/** A driver that judges. */
export type Driver = 'lavapipe' | 'swiftshader'

export interface Options {
  /** What the names of the files have in them; undefined: all files. */
  readonly files: readonly string[] | undefined
  readonly only: readonly string[] | undefined
  readonly drivers: readonly Driver[]
  readonly workers: number
  /** How many mutants, picked at random; undefined: all. */
  readonly sample: number | undefined
  readonly seed: number
  /** Whether mutants that are explained are judged too. */
  readonly explained: boolean
  /** Whether they are judged by what a dispatcher finds out at run time, in place of the tests. */
  readonly selfTest: boolean
  readonly json: string | undefined
}

const DRIVERS: readonly Driver[] = ['lavapipe', 'swiftshader']

export const USAGE = `Usage: npm run mutants -- [options]

Makes one slip after another in the WGSL (another comparison, another sign, a shifted index, a constant changed, a statement left out) and
runs the project's tests until one fails. Prints how many of these mutants were caught, file by file. A mutant that survives on
one driver goes to the next one.

  --files LIST    files whose names have one of these in them, such as numerics,relu.wgsl (default: all)
  --only ID       this mutant alone; may be given several times
  --driver LIST   any of ${DRIVERS.join()} (default: both)
  --workers N     how many processes judge side by side (default 2)
  --sample N      so many mutants, picked at random (default: all)
  --seed N        picks them (default 1)
  --explained     those that test/mutants/equivalent.ts explains too: they have to survive
  --self-test     by what a dispatcher does at run time in place of the tests: how many of the mutants that tests notice, by name those
                  that test/mutants/equivalent.ts does not explain, fail the self-test of a kernel, and how many more a sample cross-check
                  of one million ordinary values. Unused are those that no kernel of a dispatcher has, or makes use of:
                  test/mutants/run-time/without-effect.ts
  --json FILE     writes there what became of each
  --help          prints this

Exit status: 0 when every mutant was caught or is explained, 1 when one survived, an explanation fits none, or a driver is missing, 2 for
a wrong option.
`

/** Reads the command line; undefined when it asks for help. @throws UsageError */
export function readOptions(words: readonly string[]): Options | undefined {
  const values = parse(words)
  if (values.help === true) return undefined
  return {
    files: values.files?.split(','),
    only: values.only,
    drivers: readDrivers(values.driver),
    workers: readCount('workers', values.workers) ?? 2,
    sample: readCount('sample', values.sample),
    seed: readCount('seed', values.seed) ?? 1,
    explained: values.explained ?? false,
    selfTest: values['self-test'] ?? false,
    json: values.json,
  }
}

function readDrivers(text: string | undefined): readonly Driver[] {
  if (text === undefined) return DRIVERS
  return text.split(',').map(word => {
    const driver = DRIVERS.find(name => name === word.trim())
    if (driver === undefined) throw new UsageError(`--driver ${JSON.stringify(word)}: there is ${DRIVERS.join(', ')}.`)
    return driver
  })
}

function readCount(name: string, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const count = Number(text)
  if (Number.isSafeInteger(count) && count > 0) return count
  throw new UsageError(`--${name} ${JSON.stringify(text)}: a whole number from 1 on is needed.`)
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  try {
    return parseArgs({
      args: [...words],
      options: {
        files: text,
        only: { type: 'string', multiple: true },
        driver: text,
        workers: text,
        sample: text,
        seed: text,
        explained: flag,
        'self-test': flag,
        json: text,
        help: { type: 'boolean', short: 'h' },
      },
    }).values
  } catch (error) {
    // Node explains at length; its first sentence says what is wrong.
    const [sentence = ''] = (error as Error).message.split(/(?<=\.) |\n/)
    throw new UsageError(sentence)
  }
}
