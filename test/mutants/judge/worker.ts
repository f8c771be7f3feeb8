import { readFileSync } from 'node:fs'
import { register } from 'node:module'
import { pathToFileURL } from 'node:url'
import { dawn, defineGlobals } from '../../tools/lanes/dawn.ts'
import { brokenPromise, type LaneName } from '../../tools/lanes/promise.ts'
import { Collector, functionsOf } from './collector.ts'
import { coveredBy, withMarks } from './coverage.ts'
import type { Answer, Judged, Question, TimedTest } from './protocol.ts'

// Runs the project's tests in this process, with any text for any shader. Each time their modules are imported anew, so that nothing
// is left of the text before: a query makes them other modules, and a hook hands it on to what they import.

const hooks = `
export async function resolve(specifier, context, next) {
  const query = /\\?fresh=\\d+$/.exec(context.parentURL ?? '')?.[0]
  const found = await next(specifier, context)
  return query !== undefined && specifier.startsWith('.') ? { ...found, url: found.url + query } : found
}`
register(`data:text/javascript,${encodeURIComponent(hooks)}`)

const lane = process.argv[2] as LaneName
const shaders = process.argv[3]!
// Told that they are on SwiftShader, tests leave every other case to Chromium, which judges nothing.
const toldLane: LaneName = lane === 'node-swiftshader' ? 'node-gpu' : lane
// Software drivers compute in this process. Many times what a test took before it was measured that long, and more for what it compiles.
const LEAST_PATIENCE_S = 6
const PATIENCE = 4
const devices = new Set<GPUDevice>()
const strays: string[] = []
let compiled: { readonly code: string; readonly module: GPUShaderModule }[] = []
let collector = new Collector()
let mutated: { readonly file: string; readonly source: string } | undefined
let isMarked = false
let generation = 0

const texts = new Map<string, string>()
function read(path: string): string {
  const text = texts.get(path) ?? readFileSync(path, 'utf8')
  texts.set(path, text)
  return text
}

function shader(file: string): string {
  const text = mutated?.file === file ? mutated.source : read(`${shaders}/${file}`)
  return isMarked ? withMarks(file, text) : text
}

async function prepare(): Promise<void> {
  const gpu = dawn()
  defineGlobals()
  const navigator = { configurable: true, value: { gpu } }
  Object.defineProperty(globalThis, 'navigator', navigator)
  const adapter = await gpu.requestAdapter()
  const broken = brokenPromise(lane, adapter?.info)
  if (adapter === null || broken !== undefined) throw new Error(broken ?? 'no adapter')
  const device = await adapter.requestDevice()
  follow(Object.getPrototypeOf(adapter), Object.getPrototypeOf(device))
  device.destroy()
  Object.assign(globalThis, {
    judge: {
      shader,
      json: (path: string): unknown => JSON.parse(read(path)),
      // For whatever is imported: test files of one mutant share all else.
      vitest: functionsOf(() => collector, toldLane),
    },
  })
  // What tests say is theirs.
  console.log = console.warn = console.error = () => {}
}

/** Notes which devices are made, and what they compile. */
function follow(adapters: GPUAdapter, all: GPUDevice): void {
  const requestDevice = Reflect.get(adapters, 'requestDevice')
  adapters.requestDevice = async function (this: GPUAdapter, descriptor?: GPUDeviceDescriptor) {
    const device = await requestDevice.call(this, descriptor)
    devices.add(device)
    return device
  }
  const createShaderModule = Reflect.get(all, 'createShaderModule')
  all.createShaderModule = function (this: GPUDevice, descriptor: GPUShaderModuleDescriptor) {
    const module = createShaderModule.call(this, descriptor)
    compiled.push({ code: descriptor.code, module })
    return module
  }
}

async function importTests(module: string): Promise<Collector> {
  const mine = new Collector()
  collector = mine
  await import(`${pathToFileURL(module).href}?fresh=${generation}`)
  return mine
}

/** Why it fails, or undefined. */
async function failureOf(run: () => Promise<unknown>): Promise<string | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    return describe(error)
  }
}

function describe(error: unknown): string {
  const [first, ...others] = String(error instanceof Error ? error.message : error).split('\n')
  const detail = others.find(line => /^\+ +"/.test(line)) ?? ''
  return `${first} ${detail}`.trim().slice(0, 300)
}

async function cleanUp(): Promise<void> {
  const made = [...devices]
  devices.clear()
  for (const device of made) device.destroy()
  await Promise.all(made.map(device => device.lost))
  compiled = []
}

/** Lets what is under way come to its end, such as events of errors. */
async function settle(): Promise<void> {
  for (let i = 0; i < 3; i++) await new Promise(resolve => setImmediate(resolve))
}

async function survey(module: string, named: string): Promise<void> {
  isMarked = true
  generation++
  const names = (await importTests(module)).tests.map(({ name }) => name)
  await cleanUp()
  for (const [index, name] of names.entries()) {
    if (!name.includes(named)) continue
    answer({ began: index })
    generation++
    const start = performance.now()
    const tests = await importTests(module)
    const test = tests.tests[index]!
    const failure = await failureOf(async () => {
      await tests.run(test)
      await tests.end()
    })
    await settle()
    const milliseconds = performance.now() - start
    const covered = coveredBy(new Set(compiled.map(({ code }) => code)))
    const stray = strays.splice(0)[0]
    answer({ surveyed: { module, index, name, milliseconds, covered, failure: failure ?? stray } })
    await cleanUp()
  }
  isMarked = false
}

async function judge(file: string, source: string, tests: readonly TimedTest[]): Promise<Judged> {
  mutated = { file, source }
  generation++
  const imported = new Map<string, Collector>()
  strays.length = 0
  try {
    for (const [place, { module, index, milliseconds }] of tests.entries()) {
      answer({ began: place })
      const stopWatching = watch(LEAST_PATIENCE_S + (PATIENCE * milliseconds) / 1000)
      const failure = await failureOf(async () => {
        const known = imported.get(module) ?? (await importTests(module))
        imported.set(module, known)
        collector = known
        await known.run(known.tests[index]!)
      })
      stopWatching()
      if (failure === undefined && strays.length === 0) continue
      return { failed: place, reason: failure ?? strays[0]!, refused: await isRefused(), stray: failure === undefined }
    }
    await settle()
    const [reason] = strays
    return { failed: reason === undefined ? undefined : 0, reason: reason ?? '', refused: false, stray: true }
  } finally {
    mutated = undefined
    await cleanUp()
    await settle()
  }
}

/** Says so when a test goes on for long: by the time that it had processors, for a machine has other things to do. */
function watch(seconds: number): () => void {
  const before = process.cpuUsage()
  const timer = setInterval(() => {
    const { user, system } = process.cpuUsage(before)
    if (user + system > seconds * 1e6) answer({ hung: `no end after ${seconds.toFixed(0)} s of processor time` })
  }, 500)
  return () => clearInterval(timer)
}

async function isRefused(): Promise<boolean> {
  for (const { module } of compiled) {
    const { messages } = await module.getCompilationInfo()
    if (messages.some(({ type }) => type === 'error')) return true
  }
  return false
}

function answer(message: Answer): void {
  process.send!(message)
}

for (const event of ['uncaughtException', 'unhandledRejection'] as const) {
  process.on(event, error => strays.push(describe(error)))
}

process.on('message', (question: Question) => {
  const asked =
    'survey' in question
      ? survey(question.survey, question.named).then((): Answer => ({ surveyedAll: true }))
      : judge(question.file, question.source, question.tests).then((judged): Answer => ({ judged }))
  asked.then(answer, (error: unknown) => answer({ problem: describe(error) }))
})
process.on('disconnect', () => process.exit())

prepare().then(
  () => answer({ ready: true }),
  (error: unknown) => answer({ problem: describe(error) }),
)
