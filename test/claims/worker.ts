import { claimOf } from '../../demo/lab/claims.ts'
import type { Measured } from '../../demo/lab/protocol.ts'
import type { ClaimName } from '../../demo/lab/story.ts'
import { createDispatcher } from '../../src/index.ts'
import { loadDigits } from '../lab/digits.ts'

// Measures claims in a process of its own, a seed at a time.

export interface Question {
  readonly claim: ClaimName
  readonly seed: number
}

export interface Answer extends Question {
  readonly measured: Measured
}

const dispatcher = await createDispatcher({ processor: 'cpu' })
const digits = await loadDigits()
const lab = { dispatcher, loadDigits: () => Promise.resolve(digits), pause: () => Promise.resolve() }

// One after the other, and not beside each other: two would only wait for one another.
let queue = Promise.resolve()
process.on('message', (question: Question) => {
  queue = queue.then(() => answer(question))
})

async function answer({ claim: name, seed }: Question): Promise<void> {
  const claim = claimOf(name)
  const measured = await claim.measure(lab, { ...claim.setup, seed })
  process.send!({ claim: name, seed, measured } satisfies Answer)
}
