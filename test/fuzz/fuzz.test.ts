import { fc } from '../support/fast-check.ts'
import { afterAll, describe, expect, test } from 'vitest'
import { createDispatcherWith } from '../../src/dispatcher/create.ts'
import { createDispatcher } from '../../src/index.ts'
import { foreignArrays } from './foreign.ts'
import type { Outcome } from './outcome.ts'
import { cpuProperties, pendingProperty } from './properties.ts'

// Every public function with whatever there is: a right answer or a typed error. `npm run fuzz` makes many more cases.

const CASES = 3000
const cpu = await createDispatcher({ processor: 'cpu' })
const javascript = await createDispatcherWith({ processor: 'cpu' }, { missing: 'Not for this test.' })
afterAll(() => {
  cpu.destroy()
  javascript.destroy()
})

const properties = [
  ...cpuProperties({ 'on the CPU': cpu, 'in JavaScript': javascript }, foreignArrays(), () =>
    createDispatcher({ processor: 'cpu' }),
  ),
  pendingProperty('on the CPU', cpu),
]
const total = properties.reduce((sum, { weight }) => sum + weight, 0)

describe('a right answer or a typed error', () => {
  test.each(properties)('$name', async ({ cases, run, weight }) => {
    const outcomes: Record<Outcome, number> = { right: 0, refused: 0, aborted: 0 }
    const numRuns = Math.ceil((CASES * weight) / total)
    await fc.assert(
      fc.asyncProperty(cases, async one => {
        outcomes[await run(one)]++
      }),
      { numRuns },
    )
    // Neither is the exception.
    expect(Math.min(outcomes.right, outcomes.refused) / numRuns).toBeGreaterThan(0.1)
  })
})
