import { fc } from '../support/fast-check.ts'
import { afterAll, expect, inject, test } from 'vitest'
import { createDispatcher } from '../../src/index.ts'
import { KernelBench, kernelCases } from '../fuzz/kernels.ts'
import type { Outcome } from '../fuzz/outcome.ts'
import { callProperties, pendingProperty, type Property } from '../fuzz/properties.ts'
import { testDevice } from '../support/gpu.ts'

// The public functions that a GPU has a part in, with whatever there is: a right answer or a typed error.

const CASES = inject('lane') === 'browser' ? 20 : 60
// Programs that are compiled soon.
const names = ['relu', 'leakyRelu']
const device = await testDevice()
const dispatcher = await createDispatcher({ processor: 'webgpu', device, crossCheck: 'off', selfTest: false })
const bench = new KernelBench(device)
afterAll(() => {
  dispatcher.destroy()
  bench.destroy()
})

const properties: readonly Pick<Property, 'name' | 'cases' | 'run'>[] = [
  ...callProperties('on the GPU', dispatcher, {}, names),
  pendingProperty('on the GPU', dispatcher, names),
  { name: 'kernels', cases: kernelCases(names, ['f32', 'f16']) as fc.Arbitrary<never>, run: one => bench.run(one) },
]

test.each(properties)('$name', async ({ cases, run }) => {
  const outcomes: Record<Outcome, number> = { right: 0, refused: 0, aborted: 0 }
  await fc.assert(
    fc.asyncProperty(cases, async one => {
      outcomes[await run(one)]++
    }),
    { numRuns: CASES },
  )
  expect(outcomes.right).toBeGreaterThan(0)
  expect(outcomes.refused).toBeGreaterThan(0)
})
