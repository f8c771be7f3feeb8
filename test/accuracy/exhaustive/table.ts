import type { Direction } from '../../../src/index.ts'
import { formatFloat, formatLargest } from '../format.ts'
import { PROCESSOR_TITLES, type Processor } from '../processors.ts'
import { activationOf, idOf, type Subject } from '../subjects.ts'
import { fingerprintOf } from './fingerprint.ts'
import { nameOf, type SweepState, type SweepStates } from './state.ts'
import { CHUNKS } from './sweep.ts'

const COLUMNS: readonly Processor[] = ['cpu', 'swiftshader', 'lavapipe', 'gpu']

/** The table of what was swept, as Markdown. Its figures are of the code that was swept: a † says where that has changed since. */
export function sectionOf(subjects: readonly Subject[], directions: readonly Direction[], states: SweepStates): string {
  const found = (subject: Subject, direction: Direction, processor: Processor): SweepState | undefined => {
    const state = states.get(nameOf({ subject, direction }, processor))
    return state?.next === CHUNKS ? state : undefined
  }
  const all = subjects.flatMap(subject => directions.map(direction => ({ subject, direction })))
  const columns = COLUMNS.filter(processor => all.some(one => found(one.subject, one.direction, processor)))
  const cellOf = (subject: Subject, direction: Direction, processor: Processor): string => {
    const state = found(subject, direction, processor)
    if (state === undefined) return '-'
    const isSame = fingerprintOf(activationOf(subject), direction, processor) === state.fingerprint
    return `${textOf(state)}${isSame ? '' : ' †'}`
  }
  const rows = all
    .filter(({ subject, direction }) => columns.some(processor => found(subject, direction, processor)))
    .map(({ subject, direction }) => {
      const done = columns.flatMap(processor => found(subject, direction, processor) ?? [])
      const commits = [...new Set(done.map(({ commit }) => commit))].join(', ')
      const cells = columns.map(processor => cellOf(subject, direction, processor))
      return [idOf(subject).replaceAll('-', ' '), direction, ...cells, commits]
    })
  const header = ['', '', ...columns.map(processor => PROCESSOR_TITLES[processor]), 'commit']
  const lines = [header, header.map(() => '---'), ...rows].map(cells => `| ${cells.join(' | ')} |`)
  return [...lines, '', ...notesOf(rows.length, all.length, [...states.values()])].join('\n')
}

function textOf({ errors }: SweepState): string {
  const { outOfBounds, different, worst, atCrossing } = errors
  if (outOfBounds > 0) return `✗ ${outOfBounds} out of bounds`
  if (different === 0) return 'the same bits'
  const place = worst === undefined ? '' : ` at ${formatFloat(worst.x, 4)}`
  return `${formatLargest(errors)}${atCrossing ? '*' : ''}${place}`
}

function notesOf(rows: number, wanted: number, states: readonly SweepState[]): string[] {
  const done = states.filter(({ next }) => next === CHUNKS)
  const days = done.map(({ when }) => when.slice(0, 10)).toSorted()
  const descriptions = [...new Set(done.map(({ description }) => description))].toSorted()
  const span = [...new Set([days[0], days.at(-1)])].join(' to ')
  return [
    `${rows} of ${wanted} rows have run, ${span}, on ${descriptions.join(', ')}. † The kernel or its reference has changed since, and`,
    `was not run again. * In units of 2^-25 \\|dy\\|.`,
  ]
}
