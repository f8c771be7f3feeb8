import { expect, test } from 'vitest'
import { FOREVER } from '../../../src/support/deadlines.ts'
import { findMismatches } from './findings.ts'
import { callOf, inputNames, runTimeKernels, sharedDevice } from './kernels.ts'

// What a dispatcher does before the first use of a kernel, kernel by kernel: it judges mutants.

test.each(runTimeKernels())('$name', async kernel => {
  const none = Object.fromEntries(
    inputNames(kernel).map(name => [name, name === 'mask' ? new Uint32Array(0) : new Float32Array(0)]),
  )
  const device = await sharedDevice()
  const tests = callOf(kernel, none, 0).selfTests()
  const answers = await Promise.all(tests.map(one => one.computeOnGpu(device, FOREVER)))
  expect(answers.map(answer => findMismatches(answer, 'full')).join('')).toBe('')
})
