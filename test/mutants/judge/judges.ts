import { provideProcessor } from '../../accuracy/processors.ts'
import type { ProgressLine } from '../../tools/progress.ts'
import type { Mutant } from '../operators.ts'
import type { Driver } from '../options.ts'
import { describeOutcome, type Outcome } from '../report.ts'
import { Judge } from './child.ts'
import type { Survey } from './surveys.ts'

/** @throws Error where the driver is missing */
export async function judgesOf(driver: Driver, workers: number, worker: string): Promise<Judge[]> {
  const found = await provideProcessor(driver)
  if ('missing' in found) throw new Error(found.missing)
  return Array.from({ length: workers }, () => new Judge(worker, `node-${driver}`, found.environment))
}

/** Has each mutant judged by the tests that it may fail, side by side. @param stage names the tests in the progress */
export async function judgeAll(
  mutants: readonly Mutant[],
  driver: Driver,
  judges: readonly Judge[],
  survey: Survey,
  progress: ProgressLine,
  stage: string = driver,
): Promise<Outcome[]> {
  const outcomes: Outcome[] = []
  const queue = [...mutants]
  await Promise.all(
    judges.map(async judge => {
      for (let mutant = queue.shift(); mutant !== undefined; mutant = queue.shift()) {
        const verdict = await judge.judge(mutant.file, mutant.source, survey.testsFor(mutant))
        if ('test' in verdict) survey.note(verdict.test, mutant)
        const outcome: Outcome = { mutant, verdict, driver }
        outcomes.push(outcome)
        const standing = `${stage}: ${outcomes.length} of ${mutants.length}`
        progress.update(`${standing}, ${verdict.kind}: ${mutant.id}`)
        if (verdict.kind !== 'caught') progress.line(`${standing}, ${describeOutcome(outcome)}`)
      }
    }),
  )
  return outcomes
}
