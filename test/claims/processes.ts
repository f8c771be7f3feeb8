import { startWorker } from '../accuracy/processors.ts'
import type { Options } from './options.ts'
import type { Answer, Question } from './worker.ts'

/** Measures claims in processes of Node, each of which takes the next seed as soon as it is done with one. */
export async function* measureInNode({ claims, seeds, firstSeed, workers }: Options): AsyncGenerator<Answer> {
  const questions: Question[] = claims.flatMap(claim =>
    Array.from({ length: seeds }, (_, i) => ({ claim, seed: firstSeed + i })),
  )
  const started = Array.from({ length: Math.min(workers, questions.length) }, () =>
    startWorker<Question, Answer>('../claims/worker.ts', {}),
  )
  try {
    const iterators = started.map(worker => worker.answers())
    const ask = (k: number) => {
      const question = questions.shift()
      if (question !== undefined) started[k]!.ask(question)
      return question === undefined ? undefined : iterators[k]!.next().then(({ value, done }) => ({ k, value, done }))
    }
    const waiting = new Map(started.map((_, k) => [k, ask(k)!]))
    while (waiting.size > 0) {
      const { k, value, done } = await Promise.race(waiting.values())
      if (done === true) throw new Error('A process ended before it was done.')
      yield value as Answer
      const next = ask(k)
      if (next === undefined) waiting.delete(k)
      else waiting.set(k, next)
    }
  } finally {
    for (const worker of started) worker.stop()
  }
}
