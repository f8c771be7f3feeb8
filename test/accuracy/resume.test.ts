import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runSweeps } from './exhaustive/exhaustive.ts'
import { addStates, readStates } from './exhaustive/state.ts'
import { CHUNK, CHUNKS } from './exhaustive/sweep.ts'
import type { Answer, Question } from './exhaustive/worker.ts'
import type { Worker } from './processors.ts'
import { type Errors, NO_ERRORS } from './survey.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'accuracy-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const sweeps = { subject: { name: 'relu', parameters: {} }, direction: 'forward', processors: ['cpu', 'gpu'] } as const
const quiet = { line: () => {}, update: () => {} }

/** A process that answers one chunk after the other, with an error of as many ULP as its number, and stops before `end`. */
class FakeWorker implements Worker<Question, Answer> {
  readonly fingerprint: string
  readonly end: number
  from: { readonly cpu?: number; readonly gpu?: number } | undefined
  stopped = false

  constructor(end: number, fingerprint = 'the code') {
    this.end = end
    this.fingerprint = fingerprint
  }

  ask(question: Question): void {
    if ('from' in question) this.from = question.from
  }

  async *answers(): AsyncGenerator<Answer> {
    yield { opened: sweeps.processors.map(description => ({ description, fingerprint: this.fingerprint })) }
    const { cpu = CHUNKS, gpu = CHUNKS } = this.from!
    for (let chunk = Math.min(cpu, gpu); chunk < this.end; chunk++) {
      const worst = { x: chunk, expected: 0, actual: 0 }
      const errors: Errors = { ...NO_ERRORS, elements: CHUNK, largest: chunk, worst, flushed: 1 }
      const wanted = sweeps.processors.filter(processor => ({ cpu, gpu })[processor] <= chunk)
      yield { chunk, errors: new Map(wanted.map(processor => [processor, errors])) }
    }
    throw new Error('interrupted')
  }

  stop(): void {
    this.stopped = true
  }
}

test('an interrupted sweep goes on where it stopped, and finds the same', async () => {
  const options = { state: join(folder, 'new.json'), restart: false }
  const first = new FakeWorker(100)
  await expect(runSweeps(sweeps, first, options, quiet)).rejects.toThrow('interrupted')
  expect([first.from, first.stopped]).toEqual([{ cpu: 0, gpu: 0 }, true])
  expect(readdirSync(folder)).toEqual(['new.json'])

  const second = new FakeWorker(CHUNKS)
  const states = await runSweeps(sweeps, second, options, quiet)
  expect(second.from).toEqual({ cpu: 100, gpu: 100 })
  expect([...states.keys()]).toEqual(['relu forward on cpu', 'relu forward on gpu'])
  for (const { errors, next } of states.values()) {
    expect(next).toBe(CHUNKS)
    expect(errors).toMatchObject({ elements: 2 ** 32, largest: CHUNKS - 1, flushed: CHUNKS })
  }
  expect(readStates(options.state)).toEqual(states)

  const third = new FakeWorker(CHUNKS)
  expect(await runSweeps(sweeps, third, options, quiet)).toEqual(states)
  expect(third.from).toBeUndefined()
})

test('each processor goes on from its own chunk', async () => {
  const options = { state: join(folder, 'state.json'), restart: false }
  await expect(runSweeps(sweeps, new FakeWorker(10), options, quiet)).rejects.toThrow('interrupted')
  const [cpu, gpu] = [...readStates(options.state)]
  addStates(options.state, new Map([[gpu![0], { ...gpu![1], next: 4 }]]))
  const worker = new FakeWorker(20)
  await expect(runSweeps(sweeps, worker, options, quiet)).rejects.toThrow('interrupted')
  expect(worker.from).toEqual({ cpu: 10, gpu: 4 })
  const after = readStates(options.state)
  expect([after.get(cpu![0])!.next, after.get(gpu![0])!.next]).toEqual([20, 20])
  // The first ten, and what was added to them.
  expect(after.get(cpu![0])!.errors.elements).toBe(20 * CHUNK)
})

test('it begins anew with other code or on another driver, or when told to', async () => {
  const options = { state: join(folder, 'state.json'), restart: false }
  await expect(runSweeps(sweeps, new FakeWorker(10), options, quiet)).rejects.toThrow('interrupted')
  const other = new FakeWorker(20, 'other code')
  await expect(runSweeps(sweeps, other, options, quiet)).rejects.toThrow('interrupted')
  expect(other.from).toEqual({ cpu: 0, gpu: 0 })
  const restarted = new FakeWorker(5, 'other code')
  await expect(runSweeps(sweeps, restarted, { ...options, restart: true }, quiet)).rejects.toThrow('interrupted')
  expect(restarted.from).toEqual({ cpu: 0, gpu: 0 })
})

test('a state survives with its infinities', () => {
  const file = join(folder, 'state.json')
  const errors = { ...NO_ERRORS, largest: Infinity }
  const states = new Map([['b', { fingerprint: 'f', description: 'd', next: 7, errors, commit: 'c', when: 'now' }]])
  addStates(file, states)
  addStates(file, new Map([['a', { ...states.get('b')!, next: 8 }]]))
  expect(readStates(file).get('b')).toEqual(states.get('b'))
  expect([...readStates(file).keys()]).toEqual(['a', 'b'])
  expect(readStates(join(folder, 'none.json')).size).toBe(0)
})
