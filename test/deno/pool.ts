import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { deserialize, serialize } from 'node:v8'
import type { PoolOptions, PoolRunnerInitializer, PoolWorker, WorkerRequest } from 'vitest/node'

/** Runs test files in Deno, by Vitest's own worker, as its pool of forks runs them in Node. @param program the path of Deno */
export function denoPool(program: string): PoolRunnerInitializer {
  return { name: 'deno', createPoolWorker: options => new DenoWorker(program, options) }
}

/**
 * A process of Deno that runs test files. Messages are text, base64 of V8's serialization: Deno 2.9 knows JSON alone between
 * processes, which loses undefined, NaN, Map and Error.
 */
class DenoWorker implements PoolWorker {
  readonly name = 'deno'
  readonly cacheFs = true
  readonly #start: () => ChildProcess
  readonly #output: readonly [NodeJS.WritableStream, NodeJS.WritableStream]
  #process: ChildProcess | undefined

  constructor(program: string, { env, project }: PoolOptions) {
    const { outputStream, errorStream } = project.vitest.logger
    this.#output = [outputStream, errorStream]
    this.#start = () =>
      fork(fileURLToPath(new URL('worker.ts', import.meta.url)), [], {
        execPath: program,
        execArgv: ['run', '--allow-all', '--unstable-webgpu'],
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
