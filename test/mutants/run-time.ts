import { rmSync } from 'node:fs'
import { join } from 'node:path'
import type { ProgressLine } from '../tools/progress.ts'
import { bundleTests, RUN_TIME } from './judge/bundle.ts'
import { judgeAll, judgesOf } from './judge/judges.ts'
import { Survey, surveyOf } from './judge/surveys.ts'
import type { Mutant } from './operators.ts'
import type { Options } from './options.ts'
import { countTable, describeOutcome, shareOf } from './report.ts'
import { reasonsById } from './equivalent.ts'
import { withoutEffect } from './run-time/without-effect.ts'

// npm run mutants -- --self-test: how many of the slips that tests notice a dispatcher notices by itself.

/** What noticed a mutant at run time. `unused`: it makes no difference to what a dispatcher gives. */
export type RunTimeVerdict = 'self-test' | 'cross-check' | 'missed' | 'unused'

const KINDS: readonly RunTimeVerdict[] = ['self-test', 'cross-check', 'missed', 'unused']

/**
 * Has each mutant judged by the self-tests of all kernels that it has a part in; and those that pass by the sample cross-check of
 * one million ordinary values. Left out are those that no kernel of a dispatcher has a part in, and those of {@link withoutEffect}.
 */
export async function judgeAtRunTime(
  mutants: readonly Mutant[],
  { drivers, workers }: Options,
  cache: string,
  progress: ProgressLine,
): Promise<Map<Mutant, RunTimeVerdict>> {
  const verdicts = new Map<Mutant, RunTimeVerdict>(mutants.map(mutant => [mutant, 'unused']))
  const hasNoEffect = reasonsById(withoutEffect)
  const folder = join(cache, `run-time-${process.pid}`)
  try {
    const { worker, modules } = await bundleTests(folder, [RUN_TIME.selfTest, RUN_TIME.crossCheck])
    for (const [stage, module] of [['self-test', modules[0]!] as const, ['cross-check', modules[1]!] as const]) {
      for (const driver of drivers) {
        const judges = await judgesOf(driver, workers, worker)
        const survey = new Survey(await surveyOf(driver, judges, [module], cache))
        const left = mutants.filter(mutant => {
          const isOpen = verdicts.get(mutant) === 'unused' || verdicts.get(mutant) === 'missed'
          return isOpen && !hasNoEffect.has(mutant.id) && survey.testsFor(mutant).length > 0
        })
        progress.line(`${stage} on ${driver}: ${left.length} mutants, ${survey.length} kernels`)
        for (const { mutant, verdict } of await judgeAll(
          left,
          driver,
          judges,
          survey,
          progress,
          `${stage} on ${driver}`,
        )) {
          verdicts.set(mutant, verdict.kind === 'survived' ? 'missed' : stage)
        }
        for (const judge of judges) judge.stop()
      }
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
  return verdicts
}

/** What is missed, and a table: one line a file, and one for all of them. */
export function describeRunTime(verdicts: ReadonlyMap<Mutant, RunTimeVerdict>): string {
  const missed = [...verdicts].filter(([, verdict]) => verdict === 'missed')
  const lines = missed.map(([mutant]) => describeOutcome({ mutant, verdict: { kind: 'survived' } }))
  const mutants = [...verdicts].map(([{ file }, kind]) => ({ file, kind }))
  const table = countTable(mutants, KINDS, {
    'by self-test': ({ all, unused, ...counts }) => shareOf(counts['self-test'], all - unused),
    'by both': ({ all, unused, missed: left }) => shareOf(all - unused - left, all - unused),
  })
  return `${lines.join('\n')}\n\n${table}`
}
