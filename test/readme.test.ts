import { expect, test } from 'vitest'
import * as library from '../src/index.ts'
import { runSnippet } from './support/readme.ts'

test("the README's arrays are computed as its comments say", async () => {
  const console = { log: () => {} }
  expect(await runSnippet(1, ['y', 'dx'], { ...library, console })).toEqual({
    y: Float32Array.of(-0.2, -0, 3, NaN),
    dx: Float32Array.of(0.1, 0.1, 1, 0.1),
  })
})
