import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { formatDuration } from '../accuracy/format.ts'
import { runCommandLine, UsageError } from '../tools/command-line.ts'
import { ProgressLine } from '../tools/progress.ts'
import { equivalents, reasonsById } from './equivalent.ts'
import { bundleTests, readShader, shaderFiles } from './judge/bundle.ts'
import { judgeAll, judgesOf } from './judge/judges.ts'
import { Survey, surveyOf } from './judge/surveys.ts'
import { type Mutant, mutantsOf } from './operators.ts'
import { type Options, readOptions, USAGE } from './options.ts'
import { describeOutcome, type Outcome, tableOf } from './report.ts'
import { describeRunTime, judgeAtRunTime, type RunTimeVerdict } from './run-time.ts'

// npm run mutants: how many slips in the WGSL the tests catch.

const CACHE = fileURLToPath(new URL('../../node_modules/.cache/webgpu-activations', import.meta.url))

await runCommandLine('mutants', USAGE, readOptions, main)

async function main(options: Options): Promise<number> {
  const began = performance.now()
  const progress = new ProgressLine(process.stderr)
  const all = shaderFiles().flatMap(file => mutantsOf(file, readShader(file)))
  const explained = reasonsById(equivalents)
  const stale = [...explained.keys()].filter(id => !all.some(mutant => mutant.id === id))
  for (const id of stale) console.error(`explained, and no mutant: ${id}`)

  const chosen = chosenOf(all, options)
  if (options.selfTest) {
    // Those that are explained change nothing.
    const noticed = chosen.filter(({ id }) => !explained.has(id))
    const verdicts = await judgeAtRunTime(noticed, options, CACHE, progress)
    progress.clear()
    console.log(`${describeRunTime(verdicts)}\n\n${formatDuration(performance.now() - began)}`)
    if (options.json !== undefined) writeFileSync(options.json, runTimeJson(verdicts))
    return 0
  }
  const isLeft = ({ id }: Mutant): boolean => options.explained || !explained.has(id)
  const outcomes = chosen
    .filter(mutant => !isLeft(mutant))
    .map((mutant): Outcome => ({ mutant, verdict: { kind: 'explained', reason: explained.get(mutant.id)! } }))

  const folder = join(CACHE, `mutants-${process.pid}`)
  try {
    const { worker, modules } = await bundleTests(folder)
    let left = chosen.filter(isLeft)
    for (const driver of options.drivers) {
      const judges = await judgesOf(driver, options.workers, worker)
      const survey = new Survey(await surveyOf(driver, judges, modules, CACHE))
      progress.line(`${driver}: ${left.length} mutants, ${survey.length} tests`)
      const found = await judgeAll(left, driver, judges, survey, progress)
      for (const judge of judges) judge.stop()
      outcomes.push(...found.filter(({ verdict }) => verdict.kind !== 'survived'))
      left = found.filter(({ verdict }) => verdict.kind === 'survived').map(({ mutant }) => mutant)
    }
    for (const mutant of left) {
      const reason = explained.get(mutant.id)
      outcomes.push({ mutant, verdict: reason === undefined ? { kind: 'survived' } : { kind: 'explained', reason } })
    }
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }

  const inOrder = outcomes.toSorted((a, b) => all.indexOf(a.mutant) - all.indexOf(b.mutant))
  const survivors = inOrder.filter(({ verdict }) => verdict.kind === 'survived')
  const wronglyExplained = inOrder.filter(
    ({ mutant, verdict }) => explained.has(mutant.id) && verdict.kind !== 'explained',
  )
  progress.clear()
  for (const outcome of survivors) console.log(describeOutcome(outcome))
  for (const outcome of wronglyExplained) console.log(`explained, and ${describeOutcome(outcome)}`)
  console.log(`\n${tableOf(inOrder)}\n\n${formatDuration(performance.now() - began)}`)
  if (options.json !== undefined) writeFileSync(options.json, JSON.stringify(inOrder.map(plain), null, 1))
  return survivors.length + wronglyExplained.length + stale.length === 0 ? 0 : 1
}

function chosenOf(all: readonly Mutant[], { files, only, sample, seed }: Options): readonly Mutant[] {
  for (const id of only ?? [])
    if (!all.some(mutant => mutant.id === id)) throw new UsageError(`There is no mutant ${id}.`)
  const chosen = all
    .filter(({ file }) => files?.some(part => file.includes(part)) ?? true)
    .filter(({ id }) => only?.includes(id) ?? true)
  if (chosen.length === 0) throw new UsageError('There is no such mutant.')
  if (sample === undefined || sample >= chosen.length) return chosen
  const rank = (i: number): number =>
    Math.imul(Math.imul(i + 1, 0x9e3779b1) ^ Math.imul(seed, 0x85ebca6b), 0x21f0aaad) >>> 0
  const picked = [...chosen.keys()].toSorted((a, b) => rank(a) - rank(b)).slice(0, sample)
  return picked.toSorted((a, b) => a - b).map(i => chosen[i]!)
}

/** For JSON: without the sources. */
function plain({ mutant: { id, change, file, line, column }, verdict, driver }: Outcome): object {
  const { kind } = verdict
  const by = 'test' in verdict ? { driver, test: verdict.test.name } : {}
  return { id, change, file, line, column, kind, ...by, ...('reason' in verdict && { reason: verdict.reason }) }
}

function runTimeJson(verdicts: ReadonlyMap<Mutant, RunTimeVerdict>): string {
  const rows = [...verdicts].map(([{ id, change, file, line, column }, noticedBy]) => {
    return { id, change, file, line, column, noticedBy }
  })
  return JSON.stringify(rows, null, 1)
}
