import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { bundleLibrary } from './bundle.ts'
import { useEverything } from './everything.js'

// Processes whose intrinsics nobody can change, where what a prototype has may not be what it was; and one that has lost its globals.

let folder: string
let library: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'frozen-'))
  const { module } = await bundleLibrary()
  library = join(folder, 'library.mjs')
  await writeFile(library, module)
})

afterAll(() => rm(folder, { recursive: true }))

/** What a process of Node says, which first runs some code, and then uses the library. */
async function inNode(options: readonly string[], before: string): Promise<unknown> {
  const program = `
    ${before}
    const useEverything = ${useEverything}
    const library = await import(${JSON.stringify(pathToFileURL(library).href)})
    const detached = Float32Array.of(1)
    structuredClone(detached, { transfer: [detached.buffer] })
    const dispatcher = await library.createDispatcher({ processor: 'cpu' })
    const refusal = await dispatcher.forward(library.relu(), detached).catch(error => error)
    const { wrong, report } = await useEverything(library)
    console.log(JSON.stringify({ wrong, path: report.cpu.path, refusal: refusal.message, cause: refusal.cause?.name }))`
  const child = spawn(process.execPath, [...options, '--input-type=module', '--eval', program])
  let [said, complaint] = ['', '']
  child.stdout.on('data', data => (said += String(data)))
  child.stderr.on('data', data => (complaint += String(data)))
  await new Promise(resolve => {
    child.on('close', resolve)
  })
  try {
    return JSON.parse(said)
  } catch {
    return complaint
  }
}

const right = {
  wrong: [],
  path: 'wasm',
  refusal: expect.stringMatching(/^x is detached/) as string,
  cause: 'TypeError',
}

/** The constructors of the language. */
const CONSTRUCTORS =
  `Array ArrayBuffer Error Float32Array Function Int32Array Map Object Promise RangeError Set TypeError Uint16Array
Uint32Array Uint8Array WeakMap`.split(/\s+/)

test.each([
  ['as they are', [], ''],
  ['frozen by Node', ['--frozen-intrinsics'], ''],
  ['frozen by SES', [], `import ${JSON.stringify(import.meta.resolve('ses'))}; lockdown()`],
  ['frozen by hand', [], `for (const { prototype } of [${CONSTRUCTORS.join()}]) Object.freeze(prototype)`],
])('intrinsics %s', async (_, options, before) => {
  expect(await inNode(options, before)).toEqual(right)
})

test('a process that has lost what a platform has', async () => {
  const names =
    `AbortController AbortSignal Blob DOMException DecompressionStream Event EventTarget FinalizationRegistry TextDecoder URL
    WeakRef WebAssembly atob clearTimeout performance queueMicrotask setTimeout`.split(/\s+/)
  const before = `for (const name of ${JSON.stringify(names)}) delete globalThis[name]`
  expect(await inNode([], before)).toEqual({ ...right, path: 'javascript' })
})

test('threads keep no process alive, and one that is killed takes no call with it', async () => {
  const before = `
    const threads = process.getBuiltinModule('node:worker_threads')
    const started = []
    const { Worker } = threads
    threads.Worker = class extends Worker {
      constructor(...given) {
        super(...given)
        started.push(this)
      }
    }
    const { createDispatcher, gelu } = await import(LIBRARY)
    const [one, two] = await Promise.all([false, 2].map(worker => createDispatcher({ processor: 'cpu', worker })))
    const x = Float32Array.from({ length: 2 ** 18 + 5 }, (_, i) => Math.sin(i))
    const [expected, threadsBefore] = [await one.forward(gelu(), x), two.report.cpu.threads]
    const ended = Promise.all(started.map(thread => thread.terminate()))
    const isRight = y => y.every((value, i) => value === expected[i])
    const right = []
    for (let call = 0; call < 5; call++) right.push(isRight(await two.forward(gelu(), x)))
    await ended
    await new Promise(resolve => setTimeout(resolve, 50))
    right.push(isRight(await two.forward(gelu(), x)))
    const { worker, threads: left, reason } = two.report.cpu
    await createDispatcher({ processor: 'cpu', worker: 2 })
    console.log(JSON.stringify({ right, started: started.length, threadsBefore, worker, left, reason }))`
  const program = before.replace('LIBRARY', JSON.stringify(pathToFileURL(library).href))
  const child = spawn(process.execPath, ['--input-type=module', '--eval', program])
  let said = ''
  child.stdout.on('data', data => (said += String(data)))
  child.stderr.on('data', data => (said += String(data)))
  const code = await new Promise(resolve => {
    child.on('close', resolve)
  })
  expect(JSON.parse(said)).toEqual({
    right: Array.from({ length: 6 }, () => true),
    started: 4,
    threadsBefore: 2,
    worker: false,
    left: 1,
    reason: expect.stringMatching(/it has ended/) as string,
  })
  expect(code).toBe(0)
})
