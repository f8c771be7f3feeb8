import { expect, test } from 'vitest'
import { FOREVER } from '../../src/abort.ts'
import { findMismatches } from './findings.ts'
import { callOf, inputNames, runTimeKernels, sharedDevice } from './kernels.ts'

// What a dispatcher does before the first use of a kernel, kernel by kernel: it judges mutants.

for (const kernel of runTimeKernels()) {
  test(kernel.name, async () => {
    const none = Object.fromEntries(
      inputNames(kernel).map(name => [name, name === 'mask' ? new Uint32Array(0) : new Float32Array(0)]),
    )
    const answer = await callOf(kernel, none, 0)
      .selfTest()
      .onGpu(await sharedDevice(), FOREVER)
    expect(findMismatches(answer, 'full')).toBe('')
  })
}
