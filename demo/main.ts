import * as library from '../src/index.ts'
import { ACTIVATIONS } from './choices.ts'
import { Chart } from './chart.ts'
import { environmentOf, findSurroundings, showSurroundings, type Surroundings } from './environment.ts'
import { addressOf, Form } from './form.ts'
import { announce } from './hooks.ts'
import { Chooser } from './input/chooser.ts'
import { type Gpu, messageOf, openGpu } from './measure/gpu.ts'
import { countRows, measure, type Request } from './measure/measure.ts'
import { Stopped } from './measure/pause.ts'
import { Notices } from './notices.ts'
import { jsonReport, markdownReport } from './report.ts'
import type { Environment, Row } from './rows.ts'
import { readState, type State } from './state.ts'
import { summarizeRows } from './summary.ts'
import { ResultTable } from './table.ts'

const find = (id: string): HTMLElement => document.getElementById(id)!

const SECONDS_BETWEEN_WORDS = 8

const notices = new Notices(find('notices'))
const table = new ResultTable(find('table') as HTMLTableElement, find('scroller'))
const chart = new Chart(find('plot'), find('legend') as HTMLTableElement)
const bar = find('bar') as HTMLProgressElement

let state = readAddress()
// Whether the address asks for a run that has not started yet.
let awaited = state.run
let running: AbortController | undefined
let lastSpoken = -Infinity
let results: { environment: Environment; rows: Row[]; input: string } | undefined

const form = new Form(find('choices') as HTMLFormElement, state, change)
const chooser = new Chooser({
  chosen: kind => {
    if (kind !== state.input) change({ ...state, input: kind, run: false })
    else showInput()
    if (awaited) void run()
  },
  refused: why => notices.set('file', why),
})
showInput()

const surroundings = findSurroundings()
void surroundings.then(found => {
  showSurroundings(find('environment'), found)
  if (found.missing !== undefined)
    notices.set('webgpu', `No WebGPU here: ${found.missing}. Everything runs on the CPU.`)
})

find('choices').addEventListener('submit', event => {
  event.preventDefault()
  void run()
})
find('stop').addEventListener('click', () => running?.abort())
find('copy').addEventListener('click', () => void copyMarkdown())
find('download').addEventListener('click', downloadJson)
window.addEventListener('popstate', () => {
  running?.abort()
  state = readAddress()
  form.show(state)
  showInput()
})
if (awaited && state.input === 'normal') void run()

function readAddress(): State {
  const read = readState(location.search)
  notices.set('address', read.notes.length === 0 ? undefined : `${read.notes.join(' ')} Ignored.`)
  return read.state
}

function change(next: State): void {
  state = next
  history.pushState(null, '', addressOf(state))
  notices.set('address', undefined)
  form.show(state)
  showInput()
}

function showInput(): void {
  chooser.show(state.input, state.seed, state.sizes)
}

/** What to measure, or in words what is missing. */
function readRequest({ adapter, missing }: Surroundings): Request | string {
  const { sizes, activations, directions, runs, seed } = state
  const input = chooser.input(state.input, seed)
  if (input === undefined)
    return state.input === 'picture' ? 'Choose or drop a picture first.' : 'Choose or drop a .npy first.'
  if (sizes.length === 0) return 'Choose at least one size.'
  if (activations.length === 0) return 'Choose at least one activation.'
  if (directions.length === 0) return 'Choose at least one direction.'
  if (state.processors.length === 0) return 'Choose at least one processor.'
  const processors = state.processors.filter(processor => processor === 'cpu' || adapter !== null)
  if (processors.length === 0) return `WebGPU alone is chosen, and ${missing}. Choose the CPU, too.`
  const made = ACTIVATIONS.filter(({ name }) => activations.includes(name)).map(({ make }) => make(library, state))
  return { input, seed, sizes, activations: made, directions, processors, runs }
}

async function run(): Promise<void> {
  if (running !== undefined) return
  const stop = new AbortController()
  running = stop
  awaited = false
  const found = await surroundings
  const request = readRequest(found)
  if (typeof request === 'string') {
    running = undefined
    say(request)
    announce('throughput:end', { finished: false, reason: request })
    return
  }
  const rows: Row[] = []
  const total = countRows(request)
  results = { environment: environmentOf(found), rows, input: request.input.title }
  showRunning(true)
  notices.set('device', undefined)
  table.clear()
  chart.clear()
  announce('throughput:start', { environment: results.environment, rows: total, input: results.input })

  const step = (text: string): void => {
    bar.value = rows.length / total
    say(`Row ${Math.min(rows.length + 1, total)} of ${total} · ${text}`, true)
    announce('throughput:progress', { done: rows.length, rows: total, step: text })
  }
  const row = (finished: Row): void => {
    rows.push(finished)
    table.add(finished)
    chart.add(finished)
    find('summary').textContent = summarizeRows(rows)
    announce('throughput:row', finished)
  }

  let gpu: Gpu | undefined
  let problem: string | undefined
  try {
    if (request.processors.includes('webgpu')) gpu = await openDevice()
    await measure(request, gpu, { row, step }, stop.signal)
  } catch (error) {
    problem = error instanceof Stopped ? `Stopped after ${rows.length} of ${total} rows.` : messageOf(error)
  } finally {
    running = undefined
    gpu?.device.destroy()
    table.finish()
    showRunning(false)
  }
  say(problem ?? `Done: ${rows.length} rows.`)
  announce('throughput:end', { finished: problem === undefined, ...(problem !== undefined && { reason: problem }) })
}

async function openDevice(): Promise<Gpu> {
  const gpu = await openGpu()
  void gpu.device.lost.then(() => {
    if (running === undefined) return
    const text = `${gpu.lost()}: its rows fail from here on, those of the CPU go on.`
    notices.set('device', text[0]!.toUpperCase() + text.slice(1))
  })
  return gpu
}

function showRunning(isRunning: boolean): void {
  form.enable(!isRunning)
  chooser.enable(!isRunning)
  const stopHadFocus = document.activeElement === find('stop')
  const runHadFocus = document.activeElement === find('run')
  find('run').hidden = isRunning
  find('stop').hidden = !isRunning
  // A button that disappears must not take the keyboard's place in the page with it.
  if (runHadFocus && isRunning) find('stop').focus()
  if (stopHadFocus && !isRunning) find('run').focus()
  bar.hidden = !isRunning
  bar.value = 0
  find('results').hidden = false
  find('results').setAttribute('aria-busy', String(isRunning))
  find('summary').textContent = summarizeRows(results?.rows ?? [])
  find('exported').textContent = ''
}

/** Shows where a run stands. What passes quickly is read aloud only now and then. */
function say(text: string, passing = false): void {
  find('progress').textContent = text
  const now = performance.now() / 1000
  if (passing && now - lastSpoken < SECONDS_BETWEEN_WORDS) return
  lastSpoken = now
  find('spoken').textContent = text
}

async function copyMarkdown(): Promise<void> {
  if (results === undefined) return
  const { environment, rows, input } = results
  try {
    await navigator.clipboard.writeText(markdownReport(environment, rows, input))
    find('exported').textContent = 'Copied.'
  } catch (error) {
    find('exported').textContent = `The browser refused to copy: ${messageOf(error)}`
  }
}

function downloadJson(): void {
  if (results === undefined) return
  const address = URL.createObjectURL(
    new Blob([jsonReport(results.environment, results.rows)], { type: 'application/json' }),
  )
  const link = document.createElement('a')
  link.href = address
  link.download = `throughput-${results.environment.when.slice(0, 19).replaceAll(':', '-')}.json`
  link.click()
  URL.revokeObjectURL(address)
  find('exported').textContent = `Saved as ${link.download}.`
}
