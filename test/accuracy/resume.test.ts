import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runSweep } from './exhaustive/exhaustive.ts'
import { readSweepState, writeSweepState } from './exhaustive/state.ts'
import { CHUNK, CHUNKS } from './exhaustive/sweep.ts'
import type { Answer, Question } from './exhaustive/worker.ts'
import type { Worker } from './processors.ts'
import { type Errors, NO_ERRORS } from './survey.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'accuracy-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const sweep = { subject: { name: 'relu', parameters: {} }, direction: 'forward', processor: 'cpu' } as const
const quiet = { line: () => {}, update: () => {} }

/** A process that answers one chunk after the other, with an error of as many ULP as its number, and stops before `end`. */
class FakeWorker implements Worker<Question, Answer> {
  readonly description: string
  readonly end: number
  from = -1
  stopped = false

  constructor(end: number, description = 'a processor') {
    this.end = end
    this.description = description
  }

  ask(question: Question): void {
    if ('from' in question) this.from = question.from
  }

  async *answers(): AsyncGenerator<Answer> {
    yield { description: this.description }
    for (let chunk = this.from; chunk < this.end; chunk++) {
      const worst = { x: chunk, expected: 0, actual: 0 }
      const errors: Errors = { ...NO_ERRORS, elements: CHUNK, largest: chunk, worst, flushed: 1 }
      yield { chunk, errors }
    }
    throw new Error('interrupted')
  }

  stop(): void {
    this.stopped = true
  }
}

test('an interrupted sweep goes on where it stopped, and finds the same', async () => {
  const options = { state: join(folder, 'new'), restart: false }
  const first = new FakeWorker(100)
  await expect(runSweep(sweep, first, options, quiet)).rejects.toThrow('interrupted')
  expect([first.from, first.stopped]).toEqual([0, true])
  expect(readdirSync(options.state)).toEqual(['relu-forward-cpu.json'])

  const second = new FakeWorker(CHUNKS)
  const { errors, next } = await runSweep(sweep, second, options, quiet)
  expect(second.from).toBe(100)
  expect(next).toBe(CHUNKS)
  expect(errors).toMatchObject({ elements: 2 ** 32, largest: CHUNKS - 1, flushed: CHUNKS })

  const third = new FakeWorker(CHUNKS)
  expect((await runSweep(sweep, third, options, quiet)).errors).toEqual(errors)
  expect(third.from).toBe(-1)
})

test('it begins anew on another driver, or when told to', async () => {
  const options = { state: folder, restart: false }
  await expect(runSweep(sweep, new FakeWorker(10), options, quiet)).rejects.toThrow('interrupted')
  const other = new FakeWorker(20, 'another processor')
  await expect(runSweep(sweep, other, options, quiet)).rejects.toThrow('interrupted')
  expect(other.from).toBe(0)
  const restarted = new FakeWorker(5, 'another processor')
  await expect(runSweep(sweep, restarted, { ...options, restart: true }, quiet)).rejects.toThrow('interrupted')
  expect(restarted.from).toBe(0)
})

test('a state survives with its infinities; one of other code, or cut short, does not count', () => {
  const file = join(folder, 'state.json')
  const same = { fingerprint: 'f', description: 'd' }
  const state = { ...same, next: 7, errors: { ...NO_ERRORS, largest: Infinity }, milliseconds: 1, when: 'now' }
  writeSweepState(file, state)
  expect(readSweepState(file, same)).toEqual(state)
  expect(readSweepState(file, { ...same, fingerprint: 'g' })).toBeUndefined()
  expect(readSweepState(join(folder, 'none.json'), same)).toBeUndefined()
})
