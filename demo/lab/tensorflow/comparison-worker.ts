import { messageOf } from '../../support/format.ts'
import { fetchDigits } from '../digits.ts'
import { Comparison, TensorFlow } from './comparison.ts'
import type { Answer, Request } from './protocol.ts'

// The thread that trains under TensorFlow.js: the protocol is in protocol.ts.

const opened = Promise.all([TensorFlow.open(), fetchDigits()])
// Each reset says so.
opened.catch(() => undefined)

let comparison: Comparison | undefined
/** True until another request comes. */
let goesOn = false
let last = Promise.resolve()

addEventListener('message', ({ data }: MessageEvent<Request>) => {
  goesOn = data.type === 'run'
  last = last.then(() =>
    handle(data).catch((error: unknown) => answer({ type: 'failed', run: data.run, message: messageOf(error) })),
  )
})

async function handle(request: Request): Promise<void> {
  const { run, type } = request
  if (type === 'reset') {
    comparison?.dispose()
    comparison = undefined
    const [tensorflow, digits] = await opened
    comparison = new Comparison(tensorflow, digits, request.setup)
    answer({ type: 'ready', run, version: tensorflow.version })
    return
  }
  if (type !== 'pause' && comparison !== undefined) await train(comparison, run)
  answer({ type: 'resting', run })
}

/** Goes one step, and on until another request comes. */
async function train(networks: Comparison, run: number): Promise<void> {
  while (!networks.isAtEnd) {
    answer({ type: 'stepped', run, step: await networks.step() })
    if (!goesOn) return
  }
}

function answer(message: Answer): void {
  postMessage(message)
}
