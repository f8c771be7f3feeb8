import { expect, test } from 'vitest'
import { FOREVER } from '../../../src/support/deadlines.ts'
import { maskLength } from '../../../src/operations/layout.ts'
import { allocateElements } from '../../../src/operations/layout.ts'
import { referenceResults } from '../../support/tasks.ts'
import { randomFrom } from '../../../src/checking/sample.ts'
import { type Elements, type Format, WORDS, wordsOf } from '../../../src/support/formats.ts'
import { findMismatches } from './findings.ts'
import { callOf, inputNames, type RunTimeKernel, runTimeKernels, sharedDevice } from './kernels.ts'

// What a dispatcher compares by default: a sample of the results of a call, here of a million ordinary values, which are normally
// distributed. It judges mutants.

const ELEMENTS = 10 ** 6

test.each(runTimeKernels())('$name', async kernel => {
  const inputs = Object.fromEntries(inputNames(kernel).map((name, turn) => [name, inputOf(kernel, name, turn)]))
  const answer = await callOf(kernel, inputs, ELEMENTS).computeOnGpu(await sharedDevice(), FOREVER)
  expect(findMismatches(answer, 'sample')).toBe('')
})

function inputOf(kernel: RunTimeKernel, name: string, turn: number): Elements | Uint32Array {
  const { activation, format } = kernel
  if (name === 'mask') return kept('mask', () => Uint32Array.from({ length: maskLength(ELEMENTS) }, randomWords(3)))
  if (name !== 'y') return kept(`${format} ${turn}`, () => ordinary(format, turn))
  return kept(`${format} y of ${activation}`, () => {
    return referenceResults(activation, 'forward', { x: ordinary(format, turn) }, format)[0]!
  })
}

function ordinary(format: Format, turn: number): Elements {
  const random = randomFrom(turn + 1)
  const elements = allocateElements(format, ELEMENTS)
  const words = wordsOf(elements)
  const [float, { fromFloat32 }] = [new Float32Array(1), WORDS[format]]
  const bits = new Int32Array(float.buffer)
  for (let i = 0; i < ELEMENTS; i++) {
    // Box and Muller, "A Note on the Generation of Random Normal Deviates", 1958.
    float[0] = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
    words[i] = format === 'i32' ? Math.round(float[0] * 1000) : fromFloat32(bits[0]!)
  }
  return elements
}

function randomWords(seed: number): () => number {
  const random = randomFrom(seed)
  return () => random() * 2 ** 32
}

/** Works out an input once a process: mutants do not change it. */
function kept<Input>(key: string, make: () => Input): Input {
  const inputs = ((globalThis as { inputsOfCrossCheck?: Map<string, unknown> }).inputsOfCrossCheck ??= new Map())
  if (!inputs.has(key)) inputs.set(key, make())
  return inputs.get(key) as Input
}
