import { parseArgs } from 'node:util'
import { PROCESSORS, type Processor } from '../accuracy/processors.ts'
import { UsageError } from '../tools/command-line.ts'

export const USAGE = `Usage: npm run fuzz -- [options]

Calls every public function with whatever there is: wrong types and lengths, NaN, detached, shared and resized buffers, arrays that
lie, objects that throw or change when they are looked at, signals. Each call has to end with a right answer or a typed error,
and never hang. Prints what came of how many, and the smallest case that fails.

  --cases N         how many calls (default 100000): nine of ten on the CPU, the rest on the other processors
  --seed S          an integer; the same seed makes the same cases (default: another one each time)
  --processor LIST  any of ${PROCESSORS.join()} (default cpu,lavapipe,swiftshader)
  --property TEXT   only properties whose name contains it
  --trace           prints each case before it is run: the last one hangs, or ends the process
  --help            prints this

Exit status: 0 when everything holds, 1 when something does not, or a processor that is named is missing, 2 for a wrong option.
`

export interface Options {
  readonly cases: number
  readonly seed: number
  readonly processors: readonly Processor[]
  /** Whether --processor names them: a missing one is a failure then. */
  readonly named: boolean
  readonly property: string
  readonly trace: boolean
}

/** Reads the command line; undefined when it asks for help. @throws UsageError */
export function readOptions(words: readonly string[]): Options | undefined {
  const { cases = '100000', seed, processor, property = '', trace = false, help = false } = parse(words)
  if (help) return undefined
  if (!/^[1-9]\d{0,8}$/.test(cases)) throw new UsageError(`--cases ${JSON.stringify(cases)}: a number is needed.`)
  const number = seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(seed.trim() || NaN)
  if (!Number.isSafeInteger(number) || Math.abs(number) >= 2 ** 31) {
    throw new UsageError(`--seed ${JSON.stringify(seed)}: an integer of 32 bits is needed.`)
  }
  const chosen = (processor ?? 'cpu,lavapipe,swiftshader').split(',').map(name => {
    const found = PROCESSORS.find(one => one === name.trim())
    if (found === undefined) {
      throw new UsageError(`--processor ${JSON.stringify(name)}: there is ${PROCESSORS.join(', ')}.`)
    }
    return found
  })
  const processors = [...new Set(chosen)]
  return { cases: Number(cases), seed: number, processors, named: processor !== undefined, property, trace }
}

function parse(words: readonly string[]) {
  const text = { type: 'string' } as const
  const flag = { type: 'boolean' } as const
  const options = { cases: text, seed: text, processor: text, property: text, trace: flag, help: flag }
  try {
    return parseArgs({ args: [...words], options }).values
  } catch (error) {
    throw new UsageError((error as Error).message)
  }
}
