import { type Activation, type Dispatcher, type GluActivation, leakyRelu } from '../../../../src/index.ts'
import { type Columns, columnsOf, defaultAxis, MOST_CHANNELS, type Tensor } from '../../../inspect/columns.ts'
import { inspect, type Inspection, listChannels, whyNotOfOneTensor } from '../../../inspect/inspection.ts'
import { COLUMNS, inputRowOf, rowOf } from '../../../inspect/table.ts'
import { formatWhole, messageOf } from '../../../support/format.ts'
import { pause, Stopped } from '../../../support/pause.ts'
import { svg } from '../../../support/svg.ts'
import { showTable } from '../../../support/table.ts'

// The elements that are inspected: more would hold up the page.
const MOST_VALUES = 2 ** 18
// A slider that moves computes nothing until it rests.
const REST_MS = 120
const BARS = 128

const find = (id: string): HTMLElement => document.getElementById(id)!

export interface ChannelsHost {
  readonly dispatcher: Promise<Dispatcher>
  /** All activations of one tensor, at their present parameters. */
  readonly every: () => readonly Activation[]
}

/** The part of the room that tells what an activation makes of a tensor and of its channels. */
export class Channels {
  readonly #host: ChannelsHost
  readonly #axes = find('channels-axis') as HTMLSelectElement
  readonly #comparison = find('channels-every') as HTMLInputElement
  #tensor: Tensor | undefined
  #columns: Columns | undefined
  #activation: Activation | GluActivation | undefined
  #run = new AbortController()

  constructor(host: ChannelsHost) {
    this.#host = host
    this.#axes.addEventListener('change', () => this.#arrange())
    this.#comparison.addEventListener('change', () => void this.#update())
  }

  /** Takes another tensor; undefined for a picture, which has no channels. */
  take(tensor: Tensor | undefined): void {
    this.#tensor = tensor
    find('channels').hidden = tensor === undefined
    const { shape } = tensor ?? { shape: [] }
    const whole = new Option('none: one channel', '')
    const axes = shape.map((length, axis) => {
      const option = new Option(`axis ${axis}: ${formatWhole(length)}`, String(axis))
      option.disabled = length > MOST_CHANNELS
      return option
    })
    this.#axes.replaceChildren(whole, ...axes)
    const usual = axes[defaultAxis(shape) ?? -1]
    ;(usual === undefined || usual.disabled ? whole : usual).selected = true
    this.#arrange()
  }

  /** Shows what becomes of the tensor by an activation. */
  show(activation: Activation | GluActivation): void {
    this.#activation = activation
    void this.#update()
  }

  #arrange(): void {
    const { value } = this.#axes
    this.#columns = this.#tensor && columnsOf(this.#tensor, value === '' ? undefined : Number(value), MOST_VALUES)
    void this.#update()
  }

  async #update(): Promise<void> {
    this.#run.abort()
    const { signal } = (this.#run = new AbortController())
    const [columns, activation] = [this.#columns, this.#activation]
    if (columns === undefined || activation === undefined) return
    try {
      await new Promise(resolve => setTimeout(resolve, REST_MS))
      await this.#inspect(columns, activation, signal)
    } catch (error) {
      if (!(error instanceof Stopped)) find('channels-note').textContent = messageOf(error)
    }
  }

  async #inspect(columns: Columns, activation: Activation | GluActivation, signal: AbortSignal): Promise<void> {
    const dispatcher = await this.#host.dispatcher
    const compute = async (one: Activation): Promise<Inspection> => {
      await pause(signal)
      return inspect(dispatcher, one, columns, 1)
    }
    // The identity.
    const x = await compute(leakyRelu({ alpha: 1 }))
    const rows = [inputRowOf(x)]
    const refusal = whyNotOfOneTensor(activation)
    let chosen: Inspection | undefined
    if (refusal === undefined) {
      chosen = await compute(activation as Activation)
      rows.push(rowOf(activation.name, chosen))
    }
    await pause(signal)
    find('channels-note').textContent =
      `${extentOf(columns)} ${chosen === undefined ? `${refusal}.` : verdictOf(activation.name, chosen)}`
    find('channels-strip').replaceChildren(...(chosen === undefined ? [] : [strip(activation.name, chosen.shut)]))
    const show = (): void => showTable(find('channels-table') as HTMLTableElement, { columns: COLUMNS, rows })
    show()
    if (!this.#comparison.checked) return
    for (const one of this.#host.every()) {
      if (one.name === activation.name) continue
      rows.push(rowOf(one.name, await compute(one)))
      await pause(signal)
      show()
    }
  }
}

function extentOf({ units, rows, isCut }: Columns): string {
  const values = `${isCut ? 'the first ' : ''}${formatWhole(rows)} ${rows === 1 ? 'value' : 'values'}`
  return `${formatWhole(units)} ${units === 1 ? 'channel' : 'channels'} of ${values}.`
}

function verdictOf(name: string, { dead, neverOpen }: Inspection): string {
  const count = ({ length }: readonly number[]): string =>
    `${formatWhole(length)} ${length === 1 ? 'channel' : 'channels'}`
  const alive = neverOpen.filter(channel => !dead.includes(channel))
  const died =
    dead.length === 0
      ? `No channel dies by ${name}.`
      : `By ${name} no gradient comes back to any value of ${count(dead)}: ${listChannels(dead)}.`
  return alive.length === 0 ? died : `${died} Never open, but with a gradient: ${listChannels(alive)}.`
}

/** A bar for each channel: the share of its values that get no gradient; of many channels the largest share of some neighbours. */
function strip(name: string, shut: readonly number[]): SVGElement {
  const together = Math.ceil(shut.length / BARS)
  const bars = Array.from({ length: Math.ceil(shut.length / together) }, (_, i) => {
    const shares = shut.slice(i * together, (i + 1) * together)
    const largest = Math.max(...shares)
    const height = 100 * largest
    const place = { x: i + 0.05, y: 100 - height, width: 0.9, height }
    return svg('rect', { ...place, class: largest === 1 ? 'dead' : 'alive' })
  })
  const what = together === 1 ? 'For each channel the' : `For each ${together} channels the largest`
  return svg(
    'svg',
    {
      class: 'strip',
      viewBox: `0 0 ${bars.length} 100`,
      preserveAspectRatio: 'none',
      role: 'img',
      'aria-label': `${what} share of values without a gradient by ${name}`,
    },
    ...bars,
  )
}
