import * as library from '../src/index.ts'
import { ACTIVATION_NAMES, makeActivation } from './state/choices.ts'
import { Chart } from './report/chart.ts'
import { environmentOf, findSurroundings, showSurroundings, type Surroundings } from './shell/environment.ts'
import { addressOf, Form } from './form/form.ts'
import { copyMarkdown, downloadJson, type Results } from './report/exports.ts'
import { announce } from './shell/events.ts'
import { Chooser } from './input/chooser.ts'
import type { Processor } from './state/choices.ts'
import { ANSWER_SECONDS, type Gpu, NO_ADAPTER_ANSWERED, openGpu } from './measure/gpu.ts'
import { messageOf } from './support/format.ts'
import { findChoice } from './run/choice.ts'
import { computationOf } from './measure/computation.ts'
import { countRows, measure, type Request } from './run/measure.ts'
import { Stopped, within } from './support/pause.ts'
import { Notices } from './shell/notices.ts'
import { closePeers, openPeers, type Peers, versionsOf } from './peers/open.ts'
import { PlotPanel } from './plot/panel.ts'
import { choiceOf } from './report/report.ts'
import type { Environment, Row } from './report/rows.ts'
import { readState, type State } from './state/state.ts'
import { summarizeRows } from './report/summary.ts'
import { ResultTable } from './report/table.ts'

const find = (id: string): HTMLElement => document.getElementById(id)!

const SECONDS_BETWEEN_WORDS = 8
/** The delay after which the address follows a slider or the choice of a drawing. */
const SETTLED_MS = 250

const notices = new Notices(find('notices'))
const table = new ResultTable(find('table') as HTMLTableElement, find('scroller'))
const chart = new Chart(find('plot'), find('legend') as HTMLTableElement)
const bar = find('bar') as HTMLProgressElement

let state = readAddress()
// True while the address requests a run that has not started.
let awaited = state.run
let settling: ReturnType<typeof setTimeout> | undefined
let running: AbortController | undefined
let lastSpoken = -Infinity
let results: Results | undefined

const form = new Form(find('choices') as HTMLFormElement, state, change)
const plot = new PlotPanel(state, {
  make: (name, parameters) => makeActivation(library, name, parameters),
  changed: (next, settled) => change({ ...state, ...next, run: false }, settled),
})
const chooser = new Chooser({
  chosen: kind => {
    if (kind !== state.input) change({ ...state, input: kind, run: false })
    else showInput()
    if (awaited) void run()
  },
  refused: why => notices.set('file', why),
})
showInput()

// With a driver that hangs this is never settled.
const surroundings = findSurroundings()
let surroundingsKnown = false
showSurroundings(find('environment'), undefined)
void surroundings.then(found => {
  surroundingsKnown = true
  showSurroundings(find('environment'), found)
  showMissing(found)
})

find('choices').addEventListener('submit', event => {
  event.preventDefault()
  void run()
})
find('stop').addEventListener('click', () => running?.abort())
find('copy').addEventListener('click', () => {
  if (results !== undefined) void copyMarkdown(results).then(sayExported)
})
find('download').addEventListener('click', () => {
  if (results !== undefined) sayExported(downloadJson(results))
})
window.addEventListener('popstate', () => {
  running?.abort()
  state = readAddress()
  clearTimeout(settling)
  form.restore(state)
  plot.restore(state)
  showInput()
  sayAwaited()
})
if (awaited && state.input === 'normal') void run()
else sayAwaited()

function readAddress(): State {
  const read = readState(location.search)
  notices.set('address', read.notes.length === 0 ? undefined : `${read.notes.join(' ')} Ignored.`)
  return read.state
}

function change(next: State, settled = true): void {
  state = next
  clearTimeout(settling)
  if (settled) remember()
  else settling = setTimeout(remember, SETTLED_MS)
  notices.set('address', undefined)
  form.show(state)
  plot.show(state)
  showInput()
  sayAwaited()
}

function remember(): void {
  // An invalid number does not change the state.
  if (addressOf(state) !== location.pathname + location.search) history.pushState(null, '', addressOf(state))
}

function showInput(): void {
  chooser.show(state.input, state.seed, state.sizes)
}

/** Shows that a run waits for its file, as long as it needs one. */
function sayAwaited(): void {
  if (!awaited) return
  awaited = state.input !== 'normal'
  const kind = state.input === 'picture' ? 'a picture' : 'a .npy or .safetensors file'
  say(awaited ? `Waiting for ${kind}: the run starts when one is chosen or dropped.` : '')
}

function showMissing({ missing }: Surroundings): void {
  const text = missing && `No WebGPU here: ${missing}. Everything runs on the CPU.`
  notices.set('webgpu', text)
}

/** The request of the current state, or a message about what is missing. */
function readRequest(): Request | string {
  const wrong = plot.check() ?? form.check()
  if (wrong !== undefined) return wrong
  const { sizes, activations, directions, processors, runs, seed } = state
  const input = chooser.input(state.input, seed)
  if (input === undefined)
    return state.input === 'picture'
      ? 'Choose or drop a picture first.'
      : 'Choose or drop a .npy or .safetensors first.'
  if (sizes.length === 0) return 'Choose at least one size.'
  if (activations.length === 0) return 'Choose at least one activation.'
  if (directions.length === 0) return 'Choose at least one direction.'
  if (processors.length === 0) return 'Choose at least one processor.'
  try {
    const made = ACTIVATION_NAMES.filter(name => activations.includes(name)).map(name =>
      makeActivation(library, name, state.parameters[name]),
    )
    const computations = made.flatMap(activation => directions.map(direction => computationOf(activation, direction)))
    return { input, seed, sizes, computations, processors, runs }
  } catch (error) {
    return messageOf(error)
  }
}

async function run(): Promise<void> {
  if (running !== undefined) return
  awaited = false
  const wanted = readRequest()
  if (typeof wanted === 'string') {
    say(wanted)
    announce('throughput:end', { finished: false, reason: wanted })
    return
  }
  running = new AbortController()
  const { signal } = running
  showRunning(true)
  const rows: Row[] = []
  let total = 0
  let gpu: Gpu | { refused: string } | undefined
  let peers: Peers = []
  let problem: string | undefined
  try {
    const found = wanted.processors.includes('webgpu') ? await waitForSurroundings(signal) : { adapter: null }
    const request = { ...wanted, processors: withoutMissing(wanted.processors, found) }
    notices.set('device', undefined)
    gpu = request.processors.includes('webgpu')
      ? await openDevice(request.processors, signal)
      : { refused: 'WebGPU is left out' }
    peers = await openPeers(state.peers, request, 'device' in gpu ? gpu.device : undefined, say, signal)
    say('Asking the library what it would choose …')
    const choice = await findChoice(request.computations, 'device' in gpu ? gpu.device : undefined)
    total = countRows(request, peers)
    start(request, environmentOf(found, choice, versionsOf(peers)), total, found.missing, rows)

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
    await measure(request, gpu, peers, { row, step }, signal)
  } catch (error) {
    const stopped = total === 0 ? 'Stopped.' : `Stopped after ${rows.length} of ${total} rows.`
    problem = error instanceof Stopped ? stopped : messageOf(error)
  } finally {
    await closePeers(peers)
    running = undefined
    if (gpu !== undefined && 'device' in gpu) gpu.device.destroy()
    table.finish()
    showRunning(false)
  }
  say(problem ?? `Done: ${rows.length} rows.`)
  announce('throughput:end', { finished: problem === undefined, ...(problem !== undefined && { reason: problem }) })
}

/** Waits for the adapter, up to a time limit. @throws Stopped */
async function waitForSurroundings(signal: AbortSignal): Promise<Surroundings> {
  if (!surroundingsKnown) say('Waiting for the GPU adapter …')
  try {
    return await within(ANSWER_SECONDS, surroundings, NO_ADAPTER_ANSWERED, signal)
  } catch (error) {
    if (error instanceof Stopped) throw error
    const found = { adapter: null, missing: messageOf(error) }
    showMissing(found)
    return found
  }
}

/** The available processors. @throws Error when there is none */
function withoutMissing(processors: readonly Processor[], { adapter, missing }: Surroundings): readonly Processor[] {
  const there = processors.filter(processor => processor === 'cpu' || adapter !== null)
  if (there.length === 0) throw new Error(`WebGPU alone is chosen, and ${missing}. Choose the CPU, too.`)
  return there
}

/** Clears the results for a new run. */
function start(
  { input: { title } }: Request,
  environment: Environment,
  total: number,
  missing: string | undefined,
  rows: Row[],
): void {
  results = { environment, rows, input: title }
  table.clear()
  chart.clear()
  find('results').hidden = false
  find('summary').textContent = ''
  find('choice').textContent = choiceOf(environment)
  sayExported('')
  const event = { environment, rows: total, input: title }
  announce('throughput:start', missing === undefined ? event : { ...event, missing })
}

/** Opens a device, or returns the reason why there is none. @throws Stopped */
async function openDevice(
  processors: readonly Processor[],
  signal: AbortSignal,
): Promise<Gpu | { readonly refused: string }> {
  const others = processors.includes('cpu') ? ', those of the CPU go on' : ''
  try {
    const gpu = await openGpu(signal)
    void gpu.device.lost.then(() => {
      if (running?.signal !== signal) return
      const text = `${gpu.lost()}: its rows fail from here on${others}.`
      notices.set('device', text[0]!.toUpperCase() + text.slice(1))
    })
    return gpu
  } catch (error) {
    if (error instanceof Stopped) throw error
    const refused = `there is no GPU device (${messageOf(error)})`
    notices.set('device', `T${refused.slice(1)}: the rows of WebGPU fail${others}.`)
    return { refused }
  }
}

function showRunning(isRunning: boolean): void {
  const { activeElement } = document
  form.enable(!isRunning)
  chooser.enable(!isRunning)
  find('run').hidden = isRunning
  find('stop').hidden = !isRunning
  // An element that is hidden or disabled would lose the keyboard focus.
  if (isRunning && find('choices').contains(activeElement)) find('stop').focus()
  if (!isRunning && activeElement === find('stop')) find('run').focus()
  bar.hidden = !isRunning
  bar.value = 0
  find('results').setAttribute('aria-busy', String(isRunning))
}

/** Shows the progress of a run. @param passing limits how often screen readers announce it */
function say(text: string, passing = false): void {
  find('progress').textContent = text
  const now = performance.now() / 1000
  if (passing && now - lastSpoken < SECONDS_BETWEEN_WORDS) return
  lastSpoken = now
  find('spoken').textContent = text
}

function sayExported(text: string): void {
  find('exported').textContent = text
}
