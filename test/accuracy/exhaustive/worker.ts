import { once } from 'node:events'
import { openDawn } from '../../tools/dawn-device.ts'
import type { Processor } from '../processors.ts'
import { activationOf, type Subject } from '../subjects.ts'
import { type Errors, Survey } from '../survey.ts'
import type { Direction } from '../../../src/index.ts'
import { sweepCpu, sweepGpu } from './sweep.ts'

/** The requests to the process: first the sweep; after the adapter is known, the first chunk. */
export type Question =
  | { readonly processor: Processor; readonly subject: Subject; readonly direction: Direction }
  | { readonly from: number }

/** The answers: the adapter, then one message for each chunk. */
export type Answer =
  { readonly description: string } | { readonly chunk: number; readonly errors: Errors } | { readonly problem: string }

const tell = (answer: Answer): void => void process.send!(answer)
const next = async (): Promise<Question> => ((await once(process, 'message')) as [Question])[0]

// Without the parent the findings are lost.
process.on('disconnect', () => process.exit(1))
try {
  const about = await next()
  if (!('processor' in about)) throw new Error('It was not told what to run.')
  const { processor, direction } = about
  const activation = activationOf(about.subject)
  const opened = processor === 'cpu' ? undefined : await openDawn(processor)
  tell({ description: opened?.description ?? `Node ${process.versions.node}` })
  const from = await next()
  let chunk = 'from' in from ? from.from : 0
  const chunks =
    opened === undefined
      ? sweepCpu(activation, direction, chunk)
      : sweepGpu(opened.device, activation, direction, chunk)
  for await (const { x, dy, result } of chunks) {
    const survey = new Survey(activation, direction)
    if (direction === 'forward') survey.addForward(x, result)
    else survey.addBackward(x, dy, result)
    tell({ chunk, errors: survey.errors })
    chunk++
  }
} catch (error) {
  tell({ problem: error instanceof Error ? error.message : String(error) })
}
