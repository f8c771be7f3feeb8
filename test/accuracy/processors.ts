import { fork, type Serializable } from 'node:child_process'
import { on } from 'node:events'
import { createRequire } from 'node:module'
import { fileURLToPath, pathToFileURL } from 'node:url'
import { findChromium, provideChromium } from '../tools/chromium.ts'
import { driverEnvironment, findLavapipe, findSwiftShader } from '../tools/lanes/drivers.ts'
import { provideMesa } from '../tools/lanes/mesa.ts'

/** A driver for Dawn in Node, or the machine's GPU. */
export type GpuProcessor = 'swiftshader' | 'lavapipe' | 'gpu'
export type Processor = 'cpu' | GpuProcessor

export const PROCESSORS: readonly Processor[] = ['cpu', 'swiftshader', 'lavapipe', 'gpu']

export const PROCESSOR_TITLES: Readonly<Record<Processor, string>> = {
  cpu: 'CPU',
  swiftshader: 'SwiftShader',
  lavapipe: 'lavapipe',
  gpu: 'GPU',
}

/** The environment of a processor's process, or the reason why this machine lacks the processor. */
export type Found = { readonly environment: Readonly<Record<string, string>> } | { readonly missing: string }

/** Finds a processor. Installs its driver where it is missing and can be installed. */
export async function provideProcessor(processor: Processor): Promise<Found> {
  switch (processor) {
    case 'cpu':
    case 'gpu':
      return { environment: {} }
    case 'swiftshader': {
      try {
        const chromium = findChromium() ?? (await provideChromium())
        const driver = findSwiftShader(chromium)
        if (driver === undefined) return { missing: `no vk_swiftshader_icd.json beside ${chromium}` }
        return { environment: driverEnvironment(driver) }
      } catch (error) {
        return { missing: error instanceof Error ? error.message : String(error) }
      }
    }
    case 'lavapipe': {
      const problem = findLavapipe() === undefined ? await provideMesa() : undefined
      const driver = findLavapipe()
      if (driver === undefined) return { missing: `no Mesa lavapipe: ${problem ?? 'install Mesa’s Vulkan drivers'}` }
      return { environment: driverEnvironment(driver) }
    }
  }
}

/** A process that exchanges structured clones, in which numbers may be infinite. */
export interface Worker<Question, Answer> {
  ask(question: Question): void
  /** Its answers until it exits. @throws Error with its last output when it fails */
  answers(): AsyncGenerator<Answer>
  stop(): void
}

/**
 * Starts a TypeScript module, by its path from here, in a process of its own, in which WGSL can be imported. A process of
 * its own, because a driver is chosen by the environment.
 *
 * @param stderr an open file that gets its standard error, in place of the message of a failure
 */
export function startWorker<Question extends Serializable, Answer>(
  path: string,
  environment: Readonly<Record<string, string>>,
  stderr: 'pipe' | number = 'pipe',
): Worker<Question, Answer> {
  const tsx = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href
  const wgsl = new URL('../tools/wgsl-loader.js', import.meta.url).href
  const child = fork(fileURLToPath(new URL(path, import.meta.url)), [], {
    execArgv: ['--import', tsx, '--import', wgsl],
    env: { ...process.env, ...environment },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', stderr, 'ipc'],
  })
  // The output of a driver matters only after a failure.
  let log = ''
  child.stderr?.on('data', (data: Buffer) => (log = (log + data.toString()).slice(-2000)))
  // Attached before any answer can arrive.
  const messages = on(child, 'message', { close: ['exit'] }) as AsyncIterable<[Answer]>
  return {
    ask: question => void child.send(question),
    async *answers() {
      for await (const [answer] of messages) yield answer
      if (child.exitCode !== 0)
        throw new Error(`its process ended (${child.signalCode ?? child.exitCode}): ${log.trim()}`)
    },
    stop: () => void child.kill(),
  }
}
