import * as library from '../../../src/index.ts'
import { Chooser } from '../../input/chooser.ts'
import { computationOf } from '../../measure/computation.ts'
import { ANSWER_SECONDS, type Gpu, NO_ADAPTER_ANSWERED, openGpu } from '../../measure/gpu.ts'
import type { Environment, Row } from '../../measure/rows.ts'
import { closePeers, openPeers, type Peers, versionsOf } from '../../peers/open.ts'
import { environmentOf, missingWebgpu, type Surroundings } from '../../shell/environment.ts'
import { announce } from '../../shell/events.ts'
import type { Open, Room, Shell } from '../../shell/room.ts'
import { ACTIVATION_NAMES, makeActivation, type Processor } from '../../state/choices.ts'
import type { State } from '../../state/state.ts'
import { messageOf } from '../../support/format.ts'
import { Stopped, within } from '../../support/pause.ts'
import { Form } from './form.ts'
import { Chart } from './report/chart.ts'
import { copyMarkdown, downloadJson, type Results } from './report/exports.ts'
import { choiceOf } from './report/report.ts'
import { summarizeRows } from './report/summary.ts'
import { ResultTable } from './report/table.ts'
import html from './room.html?raw'
import { findChoice } from './run/choice.ts'
import { countRows, measure, type Request } from './run/measure.ts'
import './throughput.css'

const SECONDS_BETWEEN_WORDS = 8

const find = (id: string): HTMLElement => document.getElementById(id)!

/** The room in which activations are measured. */
export const open: Open = (place, shell) => {
  place.innerHTML = html
  return new Throughput(shell)
}

class Throughput implements Room {
  readonly #shell: Shell
  readonly #table = new ResultTable(find('table') as HTMLTableElement, find('scroller'))
  readonly #chart = new Chart(find('plot'), find('legend') as HTMLTableElement)
  readonly #bar = find('bar') as HTMLProgressElement
  readonly #form: Form
  readonly #chooser: Chooser
  #surroundingsKnown = false
  // True while the address requests a run that has not started.
  #awaited: boolean
  #running: AbortController | undefined
  #lastSpoken = -Infinity
  #results: Results | undefined

  constructor(shell: Shell) {
    this.#shell = shell
    const { state } = shell
    this.#awaited = state.run
    this.#form = new Form(find('choices') as HTMLFormElement, state, next => shell.change(next, 'replace'))
    this.#chooser = new Chooser({
      chosen: kind => {
        if (kind === shell.state.input) this.#showInput()
        else shell.change({ input: kind, run: false }, 'replace')
        if (this.#awaited) void this.#run()
      },
      refused: why => shell.notify('file', why),
    })
    void shell.surroundings.then(() => {
      this.#surroundingsKnown = true
    })
    find('choices').addEventListener('submit', event => {
      event.preventDefault()
      void this.#run()
    })
    find('stop').addEventListener('click', () => this.#running?.abort())
    find('copy').addEventListener('click', () => {
      if (this.#results !== undefined) void copyMarkdown(this.#results).then(sayExported)
    })
    find('download').addEventListener('click', () => {
      if (this.#results !== undefined) sayExported(downloadJson(this.#results))
    })
    this.#showInput()
    if (this.#awaited && state.input === 'normal') void this.#run()
    else this.#sayAwaited()
  }

  show(state: State, how: 'changed' | 'restored'): void {
    if (how === 'restored') {
      this.#running?.abort()
      this.#form.restore(state)
    } else this.#form.show(state)
    this.#showInput()
    this.#sayAwaited()
  }

  close(): void {
    this.#running?.abort()
  }

  take = (file: File): void => this.#chooser.take(file)

  #showInput(): void {
    const { input, seed, sizes } = this.#shell.state
    this.#chooser.show(input, seed, sizes)
  }

  /** Shows that a run waits for its file, as long as it needs one. */
  #sayAwaited(): void {
    if (!this.#awaited) return
    const { input } = this.#shell.state
    this.#awaited = input !== 'normal'
    const kind = input === 'picture' ? 'a picture' : 'a .npy or .safetensors file'
    this.#say(this.#awaited ? `Waiting for ${kind}: the run starts when one is chosen or dropped.` : '')
  }

  /** The request of the current state, or a message about what is missing. */
  #readRequest(): Request | string {
    const wrong = this.#form.check()
    if (wrong !== undefined) return wrong
    const { state } = this.#shell
    const { sizes, activations, directions, processors, runs, seed } = state
    const input = this.#chooser.input(state.input, seed)
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

  async #run(): Promise<void> {
    if (this.#running !== undefined) return
    this.#awaited = false
    const wanted = this.#readRequest()
    if (typeof wanted === 'string') {
      this.#say(wanted)
      announce('throughput:end', { finished: false, reason: wanted })
      return
    }
    this.#running = new AbortController()
    const { signal } = this.#running
    this.#showRunning(true)
    const rows: Row[] = []
    let total = 0
    let gpu: Gpu | { refused: string } | undefined
    let peers: Peers = []
    let problem: string | undefined
    try {
      const found = wanted.processors.includes('webgpu') ? await this.#waitForSurroundings(signal) : { adapter: null }
      const request = { ...wanted, processors: withoutMissing(wanted.processors, found) }
      this.#shell.notify('device', undefined)
      gpu = request.processors.includes('webgpu')
        ? await this.#openDevice(request.processors, signal)
        : { refused: 'WebGPU is left out' }
      const device = 'device' in gpu ? gpu.device : undefined
      peers = await openPeers(this.#shell.state.peers, request, device, text => this.#say(text), signal)
      this.#say('Asking the library what it would choose …')
      const choice = await findChoice(request.computations, device)
      total = countRows(request, peers)
      this.#start(request, environmentOf(found, choice, versionsOf(peers)), total, found.missing, rows)

      const step = (text: string): void => {
        this.#bar.value = rows.length / total
        this.#say(`Row ${Math.min(rows.length + 1, total)} of ${total} · ${text}`, true)
        announce('throughput:progress', { done: rows.length, rows: total, step: text })
      }
      const row = (finished: Row): void => {
        rows.push(finished)
        this.#table.add(finished)
        this.#chart.add(finished)
        find('summary').textContent = summarizeRows(rows)
        announce('throughput:row', finished)
      }
      await measure(request, gpu, peers, { row, step }, signal)
    } catch (error) {
      const stopped = total === 0 ? 'Stopped.' : `Stopped after ${rows.length} of ${total} rows.`
      problem = error instanceof Stopped ? stopped : messageOf(error)
    } finally {
      await closePeers(peers)
      this.#running = undefined
      if (gpu !== undefined && 'device' in gpu) gpu.device.destroy()
      this.#table.finish()
      this.#showRunning(false)
    }
    this.#say(problem ?? `Done: ${rows.length} rows.`)
    announce('throughput:end', { finished: problem === undefined, ...(problem !== undefined && { reason: problem }) })
  }

  /** Waits for the adapter, up to a time limit. @throws Stopped */
  async #waitForSurroundings(signal: AbortSignal): Promise<Surroundings> {
    if (!this.#surroundingsKnown) this.#say('Waiting for the GPU adapter …')
    try {
      return await within(ANSWER_SECONDS, this.#shell.surroundings, NO_ADAPTER_ANSWERED, signal)
    } catch (error) {
      if (error instanceof Stopped) throw error
      const found = { adapter: null, missing: messageOf(error) }
      this.#shell.notify('webgpu', missingWebgpu(found.missing))
      return found
    }
  }

  /** Clears the results for a new run. */
  #start(
    { input: { title } }: Request,
    environment: Environment,
    total: number,
    missing: string | undefined,
    rows: Row[],
  ): void {
    this.#results = { environment, rows, input: title }
    this.#table.clear()
    this.#chart.clear()
    find('results').hidden = false
    find('summary').textContent = ''
    find('choice').textContent = choiceOf(environment)
    sayExported('')
    const event = { environment, rows: total, input: title }
    announce('throughput:start', missing === undefined ? event : { ...event, missing })
  }

  /** Opens a device, or returns the reason why there is none. @throws Stopped */
  async #openDevice(
    processors: readonly Processor[],
    signal: AbortSignal,
  ): Promise<Gpu | { readonly refused: string }> {
    const others = processors.includes('cpu') ? ', those of the CPU go on' : ''
    try {
      const gpu = await openGpu(signal)
      void gpu.device.lost.then(() => {
        if (this.#running?.signal !== signal) return
        const text = `${gpu.lost()}: its rows fail from here on${others}.`
        this.#shell.notify('device', text[0]!.toUpperCase() + text.slice(1))
      })
      return gpu
    } catch (error) {
      if (error instanceof Stopped) throw error
      const refused = `there is no GPU device (${messageOf(error)})`
      this.#shell.notify('device', `T${refused.slice(1)}: the rows of WebGPU fail${others}.`)
      return { refused }
    }
  }

  #showRunning(isRunning: boolean): void {
    const { activeElement } = document
    this.#form.enable(!isRunning)
    this.#chooser.enable(!isRunning)
    find('run').hidden = isRunning
    find('stop').hidden = !isRunning
    // An element that is hidden or disabled would lose the keyboard focus.
    if (isRunning && find('choices').contains(activeElement)) find('stop').focus()
    if (!isRunning && activeElement === find('stop')) find('run').focus()
    this.#bar.hidden = !isRunning
    this.#bar.value = 0
    find('results').setAttribute('aria-busy', String(isRunning))
  }

  /** Shows the progress of a run. @param passing limits how often screen readers announce it */
  #say(text: string, passing = false): void {
    find('progress').textContent = text
    const now = performance.now() / 1000
    if (passing && now - this.#lastSpoken < SECONDS_BETWEEN_WORDS) return
    this.#lastSpoken = now
    find('spoken').textContent = text
  }
}

/** The available processors. @throws Error when there is none */
function withoutMissing(processors: readonly Processor[], { adapter, missing }: Surroundings): readonly Processor[] {
  const there = processors.filter(processor => processor === 'cpu' || adapter !== null)
  if (there.length === 0) throw new Error(`WebGPU alone is chosen, and ${missing}. Choose the CPU, too.`)
  return there
}

function sayExported(text: string): void {
  find('exported').textContent = text
}
