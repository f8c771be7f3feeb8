import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import type { Mutant } from '../operators.ts'
import { readShader, shaderFiles } from './bundle.ts'
import type { Judge } from './child.ts'
import type { Surveyed } from './protocol.ts'

/** What the tests are that judge, on one driver: which shaders each has a part in, and how long it takes. */
export class Survey {
  readonly #tests: readonly Surveyed[]
  /** How many mutants a test caught, by file and by declaration. */
  readonly #catches = new Map<string, number>()

  constructor(tests: readonly Surveyed[]) {
    this.#tests = tests.filter(({ failure, covered }) => failure === undefined && covered.length > 0)
  }

  get length(): number {
    return this.#tests.length
  }

  /** The tests that a mutant may fail, those first that most likely do, and soon. */
  testsFor({ file, declaration }: Mutant): Surveyed[] {
    const place = `${file} ${declaration}`
    const cost = (test: Surveyed): number =>
      test.milliseconds / (1 + 20 * this.#count(test, place) + this.#count(test, file))
    return this.#tests
      .filter(({ covered }) => covered.includes(place))
      .map(test => ({ test, cost: cost(test) }))
      .toSorted((a, b) => a.cost - b.cost)
      .map(({ test }) => test)
  }

  /** Notes that a test caught a mutant. */
  note(test: Surveyed, { file, declaration }: Mutant): void {
    for (const place of [file, `${file} ${declaration}`]) {
      const key = keyOf(test, place)
      this.#catches.set(key, (this.#catches.get(key) ?? 0) + 1)
    }
  }

  #count(test: Surveyed, place: string): number {
    return this.#catches.get(keyOf(test, place)) ?? 0
  }
}

function keyOf({ module, index }: Surveyed, place: string): string {
  return `${module} ${index} ${place}`
}

/** Surveys all modules with these judges, side by side; or reads what the last survey of the same sources found. */
export async function surveyOf(
  driver: string,
  judges: readonly Judge[],
  modules: readonly string[],
  folder: string,
): Promise<Surveyed[]> {
  const file = join(folder, `survey-${driver}-${digestOf(modules)}.json`)
  const named = (tests: readonly Surveyed[], paths: readonly string[]): Surveyed[] =>
    tests.map(test => ({ ...test, module: paths.find(path => basename(path) === basename(test.module))! }))
  if (existsSync(file)) return named(JSON.parse(readFileSync(file, 'utf8')) as Surveyed[], modules)
  const todo = [...modules]
  const found: Surveyed[][] = []
  await Promise.all(
    judges.map(async judge => {
      for (let module = todo.shift(); module !== undefined; module = todo.shift()) {
        found.push(await judge.survey(module))
        // Large tests leave a large process.
        judge.stop()
      }
    }),
  )
  mkdirSync(folder, { recursive: true })
  writeFileSync(file, JSON.stringify(found.flat()))
  return found.flat()
}

/** Tells surveys apart: by the modules, all that was bundled, and the shaders. */
function digestOf(modules: readonly string[]): string {
  const hash = createHash('sha256')
  for (const module of modules) hash.update(basename(module))
  const folder = join(modules[0]!, '..')
  for (const name of readdirSync(folder).toSorted()) hash.update(name).update(readFileSync(join(folder, name)))
  for (const file of shaderFiles()) hash.update(file).update(readShader(file))
  return hash.digest('hex').slice(0, 16)
}
