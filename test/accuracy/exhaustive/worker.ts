import { once } from 'node:events'
import type { Direction } from '../../../src/index.ts'
import type { Processor } from '../processors.ts'
import { activationOf, type Subject } from '../subjects.ts'
import { type Errors, Survey } from '../survey.ts'
import { type Truth, truthOf } from '../truth.ts'
import { fingerprintOf } from './fingerprint.ts'
import { CHUNK, CHUNKS, type Computation, computationOn, fill, ONES } from './sweep.ts'

/** The requests to the process: first what to compute; after its processors are known, the first chunk of each. */
export type Question =
  | { readonly processors: readonly Processor[]; readonly subject: Subject; readonly direction: Direction }
  | { readonly from: Readonly<Partial<Record<Processor, number>>> }

/** The answers: the processors in order, then one message for each chunk. */
export type Answer =
  | { readonly opened: readonly { readonly description: string; readonly fingerprint: string }[] }
  | { readonly chunk: number; readonly errors: ReadonlyMap<Processor, Errors> }
  | { readonly problem: string }

const tell = (answer: Answer): void => void process.send!(answer)
const next = async (): Promise<Question> => ((await once(process, 'message')) as [Question])[0]

// Without the parent the findings are lost.
process.on('disconnect', () => process.exit(1))
try {
  const about = await next()
  if (!('processors' in about)) throw new Error('It was not told what to run.')
  const { processors, direction } = about
  const activation = activationOf(about.subject)
  const computations = new Map<Processor, Computation>()
  for (const processor of processors) computations.set(processor, await computationOn(processor, activation, direction))
  tell({
    opened: processors.map(processor => ({
      description: computations.get(processor)!.description,
      fingerprint: fingerprintOf(activation, direction, processor),
    })),
  })
  const answer = await next()
  const from = 'from' in answer ? answer.from : {}

  const inputs = [new Float32Array(CHUNK), new Float32Array(CHUNK)]
  // While one chunk is judged here, drivers compute the next.
  const start = (chunk: number) => {
    const x = inputs[chunk % 2]!
    fill(x, chunk)
    const wanted = [...computations].filter(([processor]) => (from[processor] ?? CHUNKS) <= chunk)
    return { x, results: wanted.map(([processor, computation]) => [processor, computation.compute(x)] as const) }
  }
  let truth: Truth | undefined
  let chunk = Math.min(...Object.values(from), CHUNKS)
  let ahead = chunk < CHUNKS ? start(chunk) : undefined
  while (ahead !== undefined) {
    const { x, results } = ahead
    const arrived: [Processor, Float32Array][] = []
    for (const [processor, result] of results) arrived.push([processor, await result])
    ahead = chunk + 1 < CHUNKS ? start(chunk + 1) : undefined
    // Begun drivers go on only when the event loop has had its turn.
    await new Promise(resolve => void setImmediate(resolve))
    truth = truthOf(activation, x, direction === 'forward' ? undefined : ONES, truth)
    const errors = new Map<Processor, Errors>()
    for (const [processor, result] of arrived) {
      const survey = new Survey(activation, direction)
      survey.add(truth, result)
      errors.set(processor, survey.errors)
    }
    tell({ chunk, errors })
    chunk++
  }
} catch (error) {
  tell({ problem: error instanceof Error ? error.message : String(error) })
}
