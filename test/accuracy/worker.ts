import { once } from 'node:events'
import type { Direction } from '../../src/index.ts'
import { openDawn } from '../tools/dawn-device.ts'
import { measure, type Row } from './measure.ts'
import { openOurs } from './ours.ts'
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
  const opened = processor === 'cpu' ? undefined : await openDawn(processor)
  const candidate = await openOurs(opened?.description ?? `Node ${process.versions.node}`, opened?.device)
  tell({ description: candidate.description })
  for (const subject of subjects) {
    tell({ rows: await measure(subject, processor, candidate, directions, true) })
  }
  tell({ done: true })
} catch (error) {
  tell({ problem: error instanceof Error ? error.message : String(error) })
}
