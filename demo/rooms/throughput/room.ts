import { Chooser } from '../../input/chooser.ts'
import type { Computation } from '../../measure/computation.ts'
import type { Gpu } from '../../measure/gpu.ts'
import type { Environment, Row } from '../../measure/rows.ts'
import { closePeers, openPeers, type Peers, versionsOf } from '../../peers/open.ts'
import { environmentOf, HOW_TO_GET_WEBGPU, type Surroundings } from '../../shell/environment.ts'
import { announce } from '../../shell/events.ts'
import type { Open, Room, Shell } from '../../shell/room.ts'
import type { State } from '../../state/state.ts'
import { messageOf } from '../../support/format.ts'
import { Stopped } from '../../support/pause.ts'
import { Costs, requestOf } from './costs.ts'
import { openDevice, waitForSurroundings, withoutMissing } from './device.ts'
import { Form } from './form.ts'
import { PRESETS } from './presets.ts'
import { ResultsView } from './results.ts'
import html from './room.html?raw'
import { findChoice } from './run/choice.ts'
import { formatDuration } from './run/estimate.ts'
import { measure, type Request, subjectsOf } from './run/measure.ts'
import { Programs } from './run/programs.ts'
import { Run, type Wanted } from './runs.ts'
import './throughput.css'

const SECONDS_BETWEEN_WORDS = 8

const find = (id: string): HTMLElement => document.getElementById(id)!
const secondsNow = (): number => performance.now() / 1000

/** The room in which activations are measured. */
export const open: Open = (place, shell) => {
  place.innerHTML = html
  return new Throughput(shell)
}

class Throughput implements Room {
  readonly #shell: Shell
  readonly #bar = find('bar') as HTMLProgressElement
  readonly #form: Form
  readonly #chooser: Chooser
  readonly #programs = new Programs()
  readonly #computations = new Map<string, Computation>()
  readonly #results = new ResultsView(kernel => this.#programOf(kernel))
  readonly #costs = new Costs()
  #runs: Run[] = []
  // True while the address requests a run that has not started.
  #awaited: boolean
  #running: AbortController | undefined
  #lastSpoken = -Infinity

  constructor(shell: Shell) {
    this.#shell = shell
    const { state } = shell
    this.#awaited = state.run
    this.#form = new Form(find('choices') as HTMLFormElement, state, {
      changed: next => shell.change(next, 'replace'),
      preset: next => shell.change(next, 'push'),
    })
    this.#chooser = new Chooser({
      chosen: kind => {
        if (kind === shell.state.input) this.#showPlan()
        else shell.change({ input: kind, run: false }, 'replace')
        if (this.#awaited) void this.#run()
      },
      refused: why => shell.notify('file', why),
    })
    void shell.surroundings.then(found => {
      this.#costs.surroundings = found
      this.#form.refuseWebgpu(found.missing && `Not here: ${found.missing}. ${HOW_TO_GET_WEBGPU}`)
      this.#showPresets()
      this.#showPlan()
    })
    find('choices').addEventListener('submit', event => {
      event.preventDefault()
      void this.#run()
    })
    find('stop').addEventListener('click', () => this.#running?.abort())
    find('clear').addEventListener('click', () => {
      this.#runs = []
      this.#results.show([], undefined)
      this.#say('')
      this.#showPlan()
      find('run').focus()
    })
    this.#showPresets()
    this.#showPlan()
    if (this.#awaited && state.input === 'normal') void this.#run()
    else this.#sayAwaited()
  }

  show(state: State, how: 'changed' | 'restored'): void {
    if (how === 'restored') {
      this.#running?.abort()
      this.#form.restore(state)
    } else this.#form.show(state)
    this.#showPlan()
    this.#sayAwaited()
  }

  close(): void {
    this.#running?.abort()
  }

  take = (file: File): void => this.#chooser.take(file)

  /** Shows the input, how much would be measured, and how long that takes about. */
  #showPlan(): void {
    const { state } = this.#shell
    this.#chooser.show(state.input, state.seed, state.sizes)
    const run = this.#resumable()
    const again = run?.left.length === 0
    find('run').textContent = run === undefined ? 'Run' : again ? 'Run again' : 'Go on'
    const left =
      run === undefined || again
        ? undefined
        : `${run.left.length} of ${run.total} rows left: ${this.#costs.time(run.left, run.runs)}.`
    find('estimate').textContent = left ?? this.#costs.of(state)
    ;(find('clear') as HTMLButtonElement).disabled = this.#running !== undefined
  }

  /** Shows how much the presets measure, and how long that takes about. */
  #showPresets(): void {
    for (const { name, choices } of PRESETS) {
      this.#form.describePreset(name, this.#costs.of({ ...this.#shell.state, ...choices }))
    }
  }

  /** The latest run of the current request, if there is one. */
  #resumable(): Run | undefined {
    const { state } = this.#shell
    const input = this.#chooser.input(state.input, state.seed)
    return input && this.#runs.findLast(run => run.isOf({ input, state }))
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
    const input = this.#chooser.input(state.input, state.seed)
    if (input === undefined)
      return state.input === 'picture'
        ? 'Choose or drop a picture first.'
        : 'Choose or drop a .npy or .safetensors first.'
    const request = requestOf(state)
    return typeof request === 'string' ? request : { ...request, input }
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
    const { state } = this.#shell
    const earlier = this.#resumable()
    if (!state.run) this.#shell.change({ run: true }, 'push')
    this.#running = new AbortController()
    const { signal } = this.#running
    this.#showRunning(true)
    let run: Run | undefined
    let gpu: Gpu | { refused: string } | undefined
    let peers: Peers = []
    let problem: string | undefined
    try {
      const found = wanted.processors.includes('webgpu') ? await this.#findSurroundings(signal) : { adapter: null }
      const request = { ...wanted, processors: withoutMissing(wanted.processors, found) }
      this.#shell.notify('device', undefined)
      gpu = request.processors.includes('webgpu')
        ? await openDevice(request.processors, this.#shell, () => this.#running?.signal === signal, signal)
        : { refused: 'WebGPU is left out' }
      const device = 'device' in gpu ? gpu.device : undefined
      if (device !== undefined) this.#programs.watch(device)
      peers = await openPeers(state.peers, request, device, text => this.#say(text), signal)
      this.#say('Asking the library what it would choose …')
      const environment = {
        ...environmentOf(found, await findChoice(request.computations, device), versionsOf(peers)),
        threads: request.threads,
      }
      run = this.#start({ input: request.input, state }, request, peers, environment, earlier, found.missing)
      await this.#measure(run, request, gpu, peers, signal)
    } catch (error) {
      const stopped = run === undefined ? 'Stopped.' : `Stopped after ${run.rows.length} of ${run.total} rows.`
      problem = error instanceof Stopped ? stopped : messageOf(error)
    } finally {
      await closePeers(peers)
      this.#running = undefined
      if (gpu !== undefined && 'device' in gpu) gpu.device.destroy()
      if (run !== undefined) this.#results.finish()
      this.#showRunning(false)
    }
    this.#say(problem ?? `Done: ${run!.rows.length} rows.`)
    announce('throughput:end', { finished: problem === undefined, ...(problem !== undefined && { reason: problem }) })
  }

  /** Measures the rows that a run has not yet. @throws Stopped */
  async #measure(
    run: Run,
    request: Request,
    gpu: Gpu | { readonly refused: string },
    peers: Peers,
    signal: AbortSignal,
  ): Promise<void> {
    const remaining = this.#costs.remaining(run.left, run.runs, secondsNow())
    const listener = {
      step: (text: string): void => {
        const { length: done } = run.rows
        this.#bar.value = done / run.total
        const left = formatDuration(remaining.secondsLeft(secondsNow()))
        this.#say(`Row ${Math.min(done + 1, run.total)} of ${run.total} · about ${left} left · ${text}`, true)
        announce('throughput:progress', { done, rows: run.total, step: text })
      },
      row: (finished: Row): void => {
        remaining.finish(finished, secondsNow())
        run.add(finished)
        this.#results.add(finished)
        announce('throughput:row', finished)
      },
    }
    await measure(request, gpu, peers, subject => run.has(subject), listener, signal)
  }

  /** Waits for the adapter, up to a time limit. @throws Stopped */
  #findSurroundings(signal: AbortSignal): Promise<Surroundings> {
    if (this.#costs.surroundings === undefined) this.#say('Waiting for the GPU adapter …')
    return waitForSurroundings(this.#shell, signal)
  }

  /** Goes on with an earlier run of the same request that misses rows, or adds a run. */
  #start(
    wanted: Wanted,
    request: Request,
    peers: Peers,
    environment: Environment,
    earlier: Run | undefined,
    missing: string | undefined,
  ): Run {
    const plan = subjectsOf(request, peers)
    for (const computation of request.computations) {
      this.#computations.set(`${computation.activation.name} ${computation.direction}`, computation)
    }
    let run = earlier
    if (run === undefined || run.left.length === 0) {
      run = new Run(this.#runs.length + 1, wanted, environment, plan)
      this.#runs.push(run)
    } else run.resume(environment, plan)
    this.#results.show(this.#runs, run)
    const event = { environment, rows: run.total, input: run.input }
    announce('throughput:start', missing === undefined ? event : { ...event, missing })
    return run
  }

  #programOf(kernel: string): string | undefined {
    const computation = this.#computations.get(kernel)
    return computation && this.#programs.of(computation)
  }

  #showRunning(isRunning: boolean): void {
    const { activeElement } = document
    this.#form.enable(!isRunning)
    this.#chooser.enable(!isRunning)
    find('run').hidden = isRunning
    find('estimate').hidden = isRunning
    find('stop').hidden = !isRunning
    // An element that is hidden or disabled would lose the keyboard focus.
    if (isRunning && find('choices').contains(activeElement)) find('stop').focus()
    if (!isRunning && activeElement === find('stop')) find('run').focus()
    this.#bar.hidden = !isRunning
    this.#bar.value = 0
    find('results').setAttribute('aria-busy', String(isRunning))
    if (!isRunning) this.#showPresets()
    this.#showPlan()
  }

  /** Shows the progress of a run. @param passing limits how often screen readers announce it */
  #say(text: string, passing = false): void {
    find('progress').textContent = text
    const now = secondsNow()
    if (passing && now - this.#lastSpoken < SECONDS_BETWEEN_WORDS) return
    this.#lastSpoken = now
    find('spoken').textContent = text
  }
}
