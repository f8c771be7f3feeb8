import { type ChildProcess, fork } from 'node:child_process'
import { shaders } from './bundle.ts'
import type { Answer, Judged, Question, Surveyed, TimedTest } from './protocol.ts'

/** How a mutant fared on one driver. */
export type Verdict =
  | { readonly kind: 'survived' }
  /** A test failed, or the compiler refused it. */
  | { readonly kind: 'caught' | 'refused'; readonly test: Surveyed; readonly reason: string }
  /** A test came to no end, or ended the process. */
  | { readonly kind: 'hung' | 'crashed'; readonly test: Surveyed; readonly reason: string }

// An import leaves its modules behind for good.
const MOST_MUTANTS = 100
// A worker says so itself when a test has no end, unless its thread is what hangs.
const PATIENCE_MS = 180_000

/** A process that runs tests on one driver. It is started anew whenever it ends, hangs or has judged many mutants. */
export class Judge {
  readonly #worker: string
  readonly #lane: string
  readonly #environment: Readonly<Record<string, string>>
  #child: ChildProcess | undefined
  #judged = 0

  constructor(worker: string, lane: string, environment: Readonly<Record<string, string>>) {
    this.#worker = worker
    this.#lane = lane
    this.#environment = environment
  }

  /** Runs the tests of a module as they are, those with this in their names. @throws Error when the process fails */
  async survey(module: string, named = ''): Promise<Surveyed[]> {
    const tests: Surveyed[] = []
    const end = await this.#ask({ survey: module, named }, answer => {
      if ('surveyed' in answer) tests.push(answer.surveyed)
      return 'surveyedAll' in answer
    })
    if ('ended' in end) throw new Error(`${module}: ${end.ended}`)
    return tests
  }

  /** Runs tests with other text for a shader, up to the first that fails. */
  async judge(file: string, source: string, tests: readonly Surveyed[]): Promise<Verdict> {
    if (tests.length === 0) return { kind: 'survived' }
    const verdict = await this.#judgeOnce(file, source, tests)
    if (verdict !== 'stray') return verdict
    // What failed may have been left by another mutant: a process of its own tells.
    this.stop()
    const again = await this.#judgeOnce(file, source, tests)
    return again === 'stray' ? { kind: 'crashed', test: tests[0]!, reason: 'an error outside of its tests' } : again
  }

  async #judgeOnce(file: string, source: string, tests: readonly Surveyed[]): Promise<Verdict | 'stray'> {
    if (++this.#judged > MOST_MUTANTS) this.stop()
    let judged: Judged | undefined
    let place = 0
    const at = tests.map(({ module, index, milliseconds }): TimedTest => ({ module, index, milliseconds }))
    const end = await this.#ask({ file, source, tests: at }, answer => {
      if ('began' in answer) place = answer.began
      if ('judged' in answer) judged = answer.judged
      return 'judged' in answer
    })
    if ('ended' in end) {
      return { kind: end.hung ? 'hung' : 'crashed', test: tests[place]!, reason: end.ended }
    }
    if (judged?.failed === undefined) return { kind: 'survived' }
    if (judged.stray && !judged.refused) return 'stray'
    return { kind: judged.refused ? 'refused' : 'caught', test: tests[judged.failed]!, reason: judged.reason }
  }

  stop(): void {
    this.#child?.kill('SIGKILL')
    this.#child = undefined
    this.#judged = 0
  }

  /** @param isLast whether an answer is the last one */
  async #ask(
    question: Question,
    isLast: (answer: Answer) => boolean,
  ): Promise<{ readonly done: true } | { readonly ended: string; readonly hung: boolean }> {
    // It may have ended since.
    if (this.#child?.connected === false) this.stop()
    const child = (this.#child ??= await this.#start())
    return new Promise(resolve => {
      let timer: NodeJS.Timeout
      const finish = (end: { readonly done: true } | { readonly ended: string; readonly hung: boolean }): void => {
        clearTimeout(timer)
        child.off('message', onAnswer).off('exit', onExit)
        if ('ended' in end) this.stop()
        resolve(end)
      }
      const wait = (): void => {
        clearTimeout(timer)
        timer = setTimeout(() => finish({ ended: `no end after ${PATIENCE_MS / 1000} s`, hung: true }), PATIENCE_MS)
      }
      const onExit = (code: number | null, signal: string | null): void =>
        finish({ ended: `the process ended (${signal ?? code})`, hung: false })
      const onAnswer = (answer: Answer): void => {
        if ('problem' in answer) {
          finish({ ended: answer.problem, hung: false })
          return
        }
        if ('hung' in answer) finish({ ended: answer.hung, hung: true })
        else if (isLast(answer)) finish({ done: true })
        else wait()
      }
      wait()
      child.on('message', onAnswer).on('exit', onExit)
      child.send(question)
    })
  }

  /** @throws Error where the driver is not there */
  #start(): Promise<ChildProcess> {
    const child = fork(this.#worker, [this.#lane, shaders], {
      env: { ...process.env, ...this.#environment },
      execArgv: [],
      stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
    })
    return new Promise((resolve, reject) => {
      child.once('exit', code => reject(new Error(`The process of ${this.#lane} ended (${code}).`)))
      child.once('message', (answer: Answer) => {
        child.removeAllListeners('exit')
        if ('problem' in answer) reject(new Error(answer.problem))
        else resolve(child)
      })
    })
  }
}
