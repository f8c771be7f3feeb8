import { formatRange } from '../../lab/verdict.ts'
import { nameOf, percent, twoDigits } from './figures/words.ts'
import type { RunModel } from './run/run-model.ts'
import { type ClaimView, titleOf } from './verdict-panel.ts'

/** The contents of a report in Markdown. */
export interface ReportParts {
  readonly title: string
  /** The differences from the preset, in words. */
  readonly changes: readonly string[]
  readonly address: string
  /** The environment in a line. */
  readonly environment: string
  readonly model: RunModel | undefined
  readonly claims: readonly ClaimView[]
}

/** The run and the verdicts in Markdown. */
export function markdownOf({ title, changes, address, environment, model, claims }: ReportParts): string {
  const lines = [`## ${title}`, '', `- ${address}`, `- ${environment}`]
  if (changes.length > 0) lines.push(`- differs from the preset: ${changes.join(', ')}`)
  if (model !== undefined) lines.push(...runLines(model))
  for (const { claim, verdict } of claims) {
    lines.push('', `### ${titleOf(verdict, false)}`, '', `- claim: ${claim.sentence}`)
    lines.push(`- preset: ${claim.preset}`, `- needed in each seed: ${claim.threshold}`)
    if (verdict === undefined || verdict.seeds === 0) continue
    lines.push(`- seeds: ${verdict.passed} of ${verdict.seeds} pass${verdict.isComplete ? '' : ' so far'}`)
    lines.push(...verdict.values.map(value => `- ${value.label}: ${formatRange(value)}`))
  }
  return `${lines.join('\n')}\n`
}

function runLines(model: RunModel): string[] {
  const { setup, step, steps, curves, processor } = model
  const rows = setup.activations.map((choice, i) => {
    const { loss, accuracy, divergedAt } = curves[i]!
    const state = divergedAt === null ? '' : `diverged at step ${divergedAt}`
    return `| ${nameOf(choice)} | ${twoDigits(loss.at(-1) ?? NaN)} | ${percent(accuracy.at(-1) ?? NaN)} | ${state} |`
  })
  return [
    `- step ${step} of ${steps}, seed ${setup.seed}`,
    `- activations on ${processor.processor === 'webgpu' ? 'WebGPU' : 'the CPU'}`,
    '',
    '| activation | loss | right | |',
    '| - | - | - | - |',
    ...rows,
  ]
}
