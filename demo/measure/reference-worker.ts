import * as library from '../../src/index.ts'
import type { Parameters } from '../state/activation-choice.ts'
import { makeActivation } from '../state/choices.ts'
import { computationOf, type Data } from './computation.ts'

// The thread that computes the reference. Without WebAssembly the CPU computes by the float64 definition of each function, which
// shares no code with the WGSL kernels and the WebAssembly that is made of them.

export interface Question {
  readonly name: string
  readonly parameters: Parameters
  readonly direction: library.Direction
  readonly data: Data
}

export type Answer = { readonly results: readonly Float32Array<ArrayBuffer>[] } | { readonly problem: string }

Reflect.deleteProperty(globalThis, 'WebAssembly')
const opened = library.createDispatcher({ processor: 'cpu' })

addEventListener('message', ({ data: question }: MessageEvent<Question>) => {
  void compute(question).then(
    results => postMessage({ results } satisfies Answer, { transfer: results.map(({ buffer }) => buffer) }),
    (error: unknown) => postMessage({ problem: String(error) } satisfies Answer),
  )
})

async function compute({ name, parameters, direction, data }: Question): Promise<readonly Float32Array<ArrayBuffer>[]> {
  const dispatcher = await opened
  const { path } = dispatcher.report.cpu
  if (path !== 'javascript') throw new Error(`The reference would be computed by ${path}.`)
  return computationOf(makeActivation(library, name, parameters), direction).call(dispatcher, data)
}
