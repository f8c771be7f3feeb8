import { ActivationsError, type Dispatcher, type Report } from '../../src/index.ts'
import type { Call } from './trials.ts'
import { type Settled } from './guard.ts'

/**
 * What becomes of a call:
 *
 * - `unaffected`: it is right, and the report says no more than before
 * - `again`: it was computed once more on the same device
 * - `new device`: the device was lost, and another one computed it
 * - `cpu`: the CPU answered
 * - `quarantined`: the CPU answered, and the kernel is not used again
 * - `reported`: it is right, and an error that no scope caught is in the report
 * - `rejects CODE`: with a typed error
 */
export type Outcome =
  'unaffected' | 'again' | 'new device' | 'cpu' | 'quarantined' | 'reported' | `rejects ${ActivationsError['code']}`

/** What a row came to, and what is wrong about it. */
export interface Verdict {
  readonly outcome: string
  readonly problems: readonly string[]
}

/** The events of a dispatcher, counted. */
export class Events {
  readonly counts: Readonly<Record<'fallback' | 'devicelost' | 'deviceerror' | 'quarantine' | 'mismatch', number>>

  constructor(dispatcher: Dispatcher) {
    const counts = { fallback: 0, devicelost: 0, deviceerror: 0, quarantine: 0, mismatch: 0 }
    for (const name of Object.keys(counts) as (keyof typeof counts)[]) {
      dispatcher.addEventListener(name, () => counts[name]++)
    }
    this.counts = counts
  }

  /** What the report says that no event told, or the reverse. */
  disagreements({ fallbacks, deviceLosses, deviceErrors, quarantined, crossChecks }: Report): string[] {
    const { counts } = this
    const pairs = [
      ['fallback events', counts.fallback, 'report.fallbacks', fallbacks],
      ['devicelost events', counts.devicelost, 'report.deviceLosses', deviceLosses],
      ['deviceerror events', counts.deviceerror, 'report.deviceErrors.count', deviceErrors.count],
      ['quarantine events', counts.quarantine, 'report.quarantined', quarantined.length],
    ] as const
    const wrong = pairs.filter(([, told, , said]) => told !== said)
    const problems = wrong.map(([events, told, report, said]) => `${told} ${events}, and ${report} is ${said}`)
    if (crossChecks.mismatches > 0 && counts.mismatch === 0) problems.push('a mismatch without an event')
    return problems
  }
}

/** What is wrong with what became of a call: it hangs, is wrong, or rejects with what is no error of the library's. */
export function faultOf(settled: Settled, call: Call): string | undefined {
  switch (settled.kind) {
    case 'hung':
      return 'the call hangs'
    case 'resolved':
      return call.judge(settled.value)
    case 'rejected':
      if (!(settled.reason instanceof ActivationsError)) return `it rejects with ${String(settled.reason)}`
      return call.judgeInputs()
  }
}

/** What became of a call, by what the report says before and after. */
export function outcomeOf(settled: Settled, before: Report | undefined, after: Report | undefined): string {
  if (settled.kind === 'hung') return 'hangs'
  if (settled.kind === 'rejected') {
    return `rejects ${settled.reason instanceof ActivationsError ? settled.reason.code : String(settled.reason)}`
  }
  if (after === undefined) return 'nothing'
  const grown = (of: (report: Report) => number): boolean => of(after) > (before === undefined ? 0 : of(before))
  if (grown(({ quarantined }) => quarantined.length)) return 'quarantined'
  if (grown(({ fallbacks }) => fallbacks)) return 'cpu'
  if (after.processor === 'cpu' && before?.processor !== 'cpu') return 'cpu'
  if (grown(({ deviceLosses }) => deviceLosses)) return 'new device'
  if (grown(({ deviceErrors }) => deviceErrors.count)) return 'reported'
  return grown(({ retries }) => retries) ? 'again' : 'unaffected'
}
