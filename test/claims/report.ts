import { claimOf } from '../../demo/lab/claims.ts'
import type { Judgement } from '../../demo/lab/protocol.ts'
import type { ClaimName } from '../../demo/lab/story.ts'
import { judge, type SeedResult } from '../../demo/lab/verdict.ts'
import { toJson } from '../tools/json.ts'
import type { Answer } from './worker.ts'

/** Judges each claim by all that was measured of it. */
export function judgeAll(claims: readonly ClaimName[], answers: readonly Answer[]): readonly Judgement[] {
  return claims.map(name => {
    const claim = claimOf(name)
    const results = answers
      .filter(answer => answer.claim === name)
      .toSorted((a, b) => a.seed - b.seed)
      .map(({ seed, measured }): SeedResult => ({ seed, measured, passed: claim.passes(measured) }))
    return judge(claim, results)
  })
}

/** The table, as Markdown. */
export function tableOf(judgements: readonly Judgement[]): string {
  const rows = judgements.map(({ claim, passed, seeds, measured, threshold, verdict }) => {
    const { sentence, preset } = claimOf(claim)
    return [`\`${claim}\`: ${sentence}`, preset, `${passed} of ${seeds}`, measured, threshold, verdict]
  })
  const heads = ['claim', 'preset', 'seeds', 'measured', 'a seed passes where', 'verdict']
  return [heads, heads.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`).join('\n')
}

/** One claim in a line. */
export function lineOf({ claim, passed, seeds, verdict }: Judgement): string {
  return `${claim.padEnd(20)} ${passed} of ${seeds}: ${verdict}`
}

/** The JSON that `--json` writes. Infinity, the steps to a goal that was not reached, and NaN are strings in it. */
export function jsonOf(judgements: readonly Judgement[]): string {
  const claims = judgements.map(({ claim, passed, seeds, values, threshold, verdict }) => ({
    name: claim,
    preset: claimOf(claim).preset,
    passed,
    run: seeds,
    measured: Object.fromEntries(
      values.map(({ name, label, median, smallest, largest, diverged }) => [
        name,
        { label, median, smallest, largest, diverged },
      ]),
    ),
    threshold,
    verdict,
  }))
  return toJson({ claims })
}
