import { cpus } from 'node:os'
import packageJson from '../../package.json' with { type: 'json' }
import { toJson } from '../tools/json.ts'
import { describeResult, formatFloat } from './format.ts'
import { hasFailed, type Row } from './measure.ts'
import { idOf } from './subjects.ts'
import type { Result } from './survey.ts'
import type { Column } from './table.ts'

/** The machine and the time of a report. */
export interface Environment {
  readonly when: string
  readonly machine: string
  readonly node: string
  readonly library: string
  readonly command: string
}

export function environmentOf(words: readonly string[], script = 'accuracy'): Environment {
  const [first] = cpus()
  return {
    when: new Date().toISOString(),
    machine: `${cpus().length} cores of ${first?.model.trim() ?? process.arch}, ${process.platform}`,
    node: process.versions.node,
    library: packageJson.version,
    command: [`npm run ${script}`, ...(words.length === 0 ? [] : ['--', ...words])].join(' '),
  }
}

/** The content of `--json`. */
export function jsonReport(environment: Environment, columns: readonly Column[], rows: readonly Row[]): string {
  const report = {
    environment,
    columns,
    rows: rows.map(row => {
      const { subject, direction, column, errors, special, note, problem } = row
      return {
        activation: idOf(subject),
        direction,
        column,
        note,
        problem,
        errors: errors && {
          ...errors,
          worst: errors.worst && readable(errors.worst),
          examples: errors.examples.map(readable),
        },
        special: special && { ...special, failures: special.failures.map(readable) },
      }
    }),
  }
  return toJson(report)
}

function readable({ x, up, dy, expected, actual }: Result) {
  const words = Object.entries(up === undefined ? { x, dy, expected, actual } : { gate: x, up, dy, expected, actual })
  return Object.fromEntries(words.flatMap(([name, bits]) => (bits === undefined ? [] : [[name, formatFloat(bits)]])))
}

/** The failures of ours. */
export function failures(columns: readonly Column[], rows: readonly Row[]): Row[] {
  const ours = new Set(columns.filter(({ isOurs }) => isOurs).map(({ name }) => name))
  return rows.filter(row => ours.has(row.column) && hasFailed(row))
}

/** 1 where anything of ours failed, or nothing was measured. `named`: a missing processor is a failure too. */
export function exitStatus(columns: readonly Column[], rows: readonly Row[], named: boolean): number {
  const stopped = columns.some(({ isOurs, problem, isMissing }) => {
    return isOurs && problem !== undefined && (named || isMissing !== true)
  })
  const nothing = !rows.some(({ errors }) => errors !== undefined)
  return stopped || nothing || failures(columns, rows).length > 0 ? 1 : 0
}

/** One failure, in words, with examples. */
export function describeFailure({ subject, direction, column, errors, special, problem }: Row): string {
  const what = `✗ ${idOf(subject)} ${direction} on ${column}`
  if (problem !== undefined || errors === undefined || special === undefined) return `${what}: ${problem}`
  const examples = [...errors.examples, ...special.failures].slice(0, MOST_EXAMPLES)
  return [
    `${what}: ${errors.outOfBounds} of ${errors.elements} results are out of bounds, ` +
      `${special.cases - special.passed} of ${special.cases} special cases failed`,
    ...examples.map(example => `    ${describeResult(example)}`),
  ].join('\n')
}

const MOST_EXAMPLES = 8
