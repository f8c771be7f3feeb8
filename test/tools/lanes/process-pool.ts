import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from 'vitest/node'

/**
 * Runs test files in another program than this one, Deno or another version of Node, by Vitest's own worker, as its pool of
 * forks runs them in this one.
 *
 * @param name of the lane
 * @param program the path of the program
 * @param words what it is told before the name of a module
 */
export function processPool(name: string, program: string, words: readonly string[] = []): PoolRunnerInitializer {
  return { name, createPoolWorker: options => new ProcessWorker(name, program, words, options) }
}

/**
 * A process that runs test files. Messages are text, base64 of V8's serialization: Deno 2.9 knows JSON alone between
 * processes, which loses undefined, NaN, Map and Error.
 */
class ProcessWorker implements PoolWorker {
  readonly name: string
  readonly cacheFs = true
  readonly #start: () => ChildProcess
  readonly #output: readonly [NodeJS.WritableStream, NodeJS.WritableStream]
  #process: ChildProcess | undefined

  constructor(name: string, program: string, words: readonly string[], { env, project }: PoolOptions) {
    this.name = name
    const { outputStream, errorStream } = project.vitest.logger
    this.#output = [outputStream, errorStream]
    this.#start = () =>
      fork(fileURLToPath(new URL('process-worker.ts', import.meta.url)), [], {
        execPath: program,
        execArgv: [...words],
        env,
        stdio: 'pipe',
      })
  }

  on(event: string, callback: (argument: any) => void): void {
    this.#process!.on(event, callback)
  }

  off(event: string, callback: (argument: any) => void): void {
    this.#process?.off(event, callback)
  }

  send(message: WorkerRequest): void {
    this.#process!.send(serialize(message).toString('base64'))
  }

  async start(): Promise<void> {
    const started = (this.#process = this.#start())
    started.stdout!.pipe(this.#output[0], { end: false })
    started.stderr!.pipe(this.#output[1], { end: false })
  }

  async stop(): Promise<void> {
    const process = this.#process
    if (process === undefined || process.exitCode !== null || process.signalCode !== null) return
    process.kill('SIGKILL')
    await once(process, 'exit')
  }

  deserialize(data: unknown): unknown {
    return deserialize(Buffer.from(data as string, 'base64'))
  }
}
