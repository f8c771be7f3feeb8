import { once } from 'node:events'
import { openDawn } from '../tools/dawn-device.ts'
import { measure, type Row } from './measure.ts'
import type { Question } from './question.ts'
import type { Answer } from './rows.ts'

const tell = (answer: Answer<Row>): void => void process.send!(answer)

try {
  const [question] = (await once(process, 'message')) as [Question]
  const { device, description } = await openDawn(question.processor)
  tell({ adapter: description })
  await measure(device, question, row => tell({ row }))
  device.destroy()
} catch (error) {
  tell({ problem: error instanceof Error ? error.message : String(error) })
}
process.disconnect()
