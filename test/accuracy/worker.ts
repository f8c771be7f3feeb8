import { once } from 'node:events'
import { createDispatcher, type Direction } from '../../src/index.ts'
import { openDawn } from '../tools/dawn-device.ts'
import { type Candidate, measure, type Row } from './measure.ts'
import type { Processor } from './processors.ts'
import type { Subject } from './subjects.ts'

/** The request to the process. */
export interface Question {
  readonly processor: Processor
  readonly subjects: readonly Subject[]
  readonly directions: readonly Direction[]
}

/** The answers: the adapter, then the rows of each activation, and finally the end. */
export type Answer =
  | { readonly description: string }
  | { readonly rows: readonly Row[] }
  | { readonly problem: string }
  | { readonly done: true }

const tell = (answer: Answer): void => void process.send!(answer)

// Without the parent the findings are lost.
process.on('disconnect', () => process.exit(1))
try {
  const [{ processor, subjects, directions }] = (await once(process, 'message')) as [Question]
  const candidate = await open(processor)
  tell({ description: candidate.description })
  for (const subject of subjects) {
    tell({ rows: await measure(subject, processor, candidate, directions, true) })
  }
  tell({ done: true })
} catch (error) {
  tell({ problem: error instanceof Error ? error.message : String(error) })
}

/** A dispatcher without cross-checks and fallbacks, so that the results are those of the processor. */
async function open(processor: Processor): Promise<Candidate> {
  const opened = processor === 'cpu' ? undefined : await openDawn(processor)
  const dispatcher = await createDispatcher(
    opened === undefined ? { processor: 'cpu' } : { processor: 'webgpu', device: opened.device, crossCheck: 'off' },
  )
  const checked = async <Result>(result: Promise<Result>): Promise<Result> => {
    const { fallbacks } = dispatcher.report
    const values = await result
    if (dispatcher.report.fallbacks > fallbacks) throw new Error(dispatcher.report.reason)
    return values
  }
  return {
    description: opened?.description ?? `Node ${process.versions.node}`,
    computationOf: (_, activation) =>
      Promise.resolve({
        forward: x => checked(dispatcher.forward(activation, x)),
        backward: (x, dy) => checked(dispatcher.backward(activation, x, dy)),
      }),
    pairOf: pair => ({
      forward: (gate, up) => checked(dispatcher.forward(pair, gate, up)),
      backward: (gate, up, dy) => checked(dispatcher.backward(pair, gate, up, dy)),
    }),
  }
}
