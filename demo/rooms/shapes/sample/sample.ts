import type { Activation, GluActivation } from '../../../../src/index.ts'
import { FileError, fromArray, type Input } from '../../../input/input.ts'
import { readPicture, sobelResponse } from '../../../input/picture.ts'
import type { ListedTensor } from '../../../input/safetensors.ts'
import type { Tensor } from '../../../inspect/columns.ts'
import { describeTensor, readRowMajor, readTensor, type StoredTensor } from '../../../input/tensor.ts'
import { LARGEST_SIZE } from '../../../state/choices.ts'
import { listTensors } from '../../../input/tensor-file.ts'
import { formatElements, formatShare, formatValue, formatWhole, messageOf } from '../../../support/format.ts'
import { Latest } from '../../../support/latest.ts'
import { showTable } from '../../../support/table.ts'
import type { Drawable } from '../plot/drawable.ts'
import type { Channels, ChannelsHost } from './channels.ts'
import { examplePicture } from './example.ts'
import { figureOf, type Values } from './figure.ts'
import { statisticsOf } from './statistics.ts'

// A slider has to move smoothly while everything is computed again.
const LONGEST_SIDE = 480
const MOST_VALUES = 2 ** 18

const find = (id: string): HTMLElement => document.getElementById(id)!

/** Values to put through an activation: at least one, and all of them finite. */
interface Source {
  readonly title: string
  readonly values: Float32Array<ArrayBuffer>
  /** The number of values left out because they are not finite. */
  readonly leftOut: number
  readonly size?: { readonly width: number; readonly height: number }
  /** All of it; undefined for a picture, and for what is larger than the memory may be. */
  readonly tensor?: Tensor
}

interface Host extends ChannelsHost {
  /** Receives why a file cannot be used; undefined once one can. */
  readonly refused: (why: string | undefined) => void
}

interface Shown {
  readonly activation: Activation | GluActivation
  readonly drawable: Drawable
  /** The name of what the activation is a function of. */
  readonly variable: string
}

interface Listed {
  readonly file: File
  readonly tensors: readonly ListedTensor[]
  readonly taken: number
}

/** The part of the room that puts a picture or a tensor through the activation and its derivative. */
export class Sample {
  readonly #host: Host
  readonly #list = find('sample-tensors') as HTMLSelectElement
  readonly #latestFile = new Latest()
  readonly #latest = new Latest()
  #source = responseOf(examplePicture(), 'an example')
  #shown: Shown | undefined
  #channels: Channels | undefined
  #listed: Listed | undefined

  constructor(host: Host) {
    this.#host = host
    const file = find('sample-file') as HTMLInputElement
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? []
      if (chosen !== undefined) this.take(chosen)
      // Without this the same file could not be chosen again after it changed.
      file.value = ''
    })
    this.#list.addEventListener('change', () => {
      const { file: listed, tensors } = this.#listed!
      void this.#read(listed, () => readListed(listed, tensors, this.#list.selectedIndex))
    })
  }

  /** Reads a file that was chosen or dropped. */
  take(file: File): void {
    void this.#read(file, async () => {
      const tensors = await listTensors(file)
      if (tensors !== undefined) {
        return readListed(
          file,
          tensors,
          tensors.findIndex(({ tensor }) => tensor !== undefined),
        )
      }
      return { source: responseOf(await readPicture(file, LONGEST_SIDE), file.name) }
    })
  }

  /** Shows what an activation makes of the values. */
  show(shown: Shown): Promise<void> {
    this.#shown = shown
    this.#channels?.show(shown.activation)
    return this.#draw(shown)
  }

  async #read(file: File, read: () => Promise<{ source: Source; listed?: Listed }>): Promise<void> {
    const reading = read().catch((error: unknown) => ({
      problem: error instanceof FileError ? error.message : `${file.name} cannot be read: ${String(error)}`,
    }))
    await this.#latestFile.run(reading, result => {
      if ('problem' in result) {
        // The values taken before stay.
        if (this.#listed !== undefined) this.#list.selectedIndex = this.#listed.taken
        this.#host.refused(result.problem)
        return
      }
      this.#host.refused(undefined)
      this.#source = result.source
      this.#showList(result.listed)
      void this.#showChannels(result.source.tensor)
      if (this.#shown !== undefined) void this.#draw(this.#shown)
    })
  }

  /** Shows the channels of a tensor. They are loaded with the first one. */
  async #showChannels(tensor: Tensor | undefined): Promise<void> {
    if (tensor === undefined && this.#channels === undefined) return
    try {
      const { Channels } = await import('./channels.ts')
      this.#channels ??= new Channels(this.#host)
    } catch (error) {
      this.#host.refused(`What finds dead channels cannot be loaded: ${messageOf(error)}`)
      return
    }
    if (this.#source.tensor !== tensor) return
    this.#channels.take(tensor)
    if (this.#shown !== undefined) this.#channels.show(this.#shown.activation)
  }

  #draw({ drawable, variable }: Shown): Promise<void> {
    return this.#latest.run(evaluate(this.#source, drawable, variable), values => this.#drawFigures(values))
  }

  #showList(listed: Listed | undefined): void {
    if (listed !== undefined && this.#listed?.tensors !== listed.tensors) {
      this.#list.replaceChildren(
        ...listed.tensors.map(({ name, description, tensor }) => {
          const option = new Option(`${name}: ${description}`)
          option.disabled = tensor === undefined
          return option
        }),
      )
    }
    this.#listed = listed
    find('sample-list').hidden = listed === undefined || listed.tensors.length < 2
    if (listed !== undefined) this.#list.selectedIndex = listed.taken
  }

  #drawFigures(all: readonly Values[]): void {
    const [x, y, slopes] = all as [Values, Values, Values]
    const share = (count: number): string => formatShare(count / x.statistics.count)
    const { title, leftOut } = this.#source
    const odd =
      leftOut === 0 ? '' : ` ${formatWhole(leftOut)} more ${leftOut === 1 ? 'is' : 'are'} not finite, and left out.`
    find('sample-note').textContent =
      `${title}: ${formatWhole(x.statistics.count)} values, ${share(x.statistics.negative)} below zero.` +
      `${odd} ${share(y.statistics.zeros)} come out as 0; to ${share(slopes.statistics.zeros)} no gradient comes back.`
    find('sample-figures').replaceChildren(...all.map(figureOf))
    showTable(find('sample-table') as HTMLTableElement, {
      columns: ['', 'lowest', 'mean', 'highest', 'below 0', 'exactly 0'],
      rows: all.map(({ title: whose, statistics: { lowest, mean, highest, negative, zeros } }) => [
        whose,
        ...[lowest, mean, highest].map(formatValue),
        share(negative),
        share(zeros),
      ]),
    })
  }
}

async function evaluate(
  { values, size }: Source,
  { name, forward, derivative }: Drawable,
  variable: string,
): Promise<Values[]> {
  const y = await forward(values)
  const slopes = await derivative(values)
  return [
    { title: variable, values },
    { title: variable === 'gate' ? `${name}(gate, 1)` : `${name}(x)`, values: Float32Array.from(y) },
    { title: 'its derivative', values: Float32Array.from(slopes) },
  ].map(one => ({ ...one, size, statistics: statisticsOf(one.values) }))
}

function responseOf(picture: ImageData, name: string): Source {
  const { width, height, values } = sobelResponse(picture)
  return {
    title: `Horizontal Sobel response of ${name}, ${width} × ${height}`,
    values,
    size: { width, height },
    leftOut: 0,
  }
}

/** Reads a tensor as an input, and, unless it is too large, whole. */
async function readInput(
  file: File,
  title: string,
  tensor: StoredTensor,
): Promise<Input & { readonly whole?: Float32Array<ArrayBuffer> }> {
  if (tensor.length > LARGEST_SIZE) return readTensor(file, title, tensor)
  const whole = await readRowMajor(file, title, tensor)
  return { ...fromArray(`${title}, ${describeTensor(tensor)}`, whole), whole }
}

async function readListed(
  file: File,
  tensors: readonly ListedTensor[],
  taken: number,
): Promise<{ source: Source; listed: Listed }> {
  const { name, tensor } = tensors[taken]!
  const input = await readInput(file, name === '' ? file.name : `${file.name}, ${name}`, tensor!)
  const { title, length = 0, whole } = input
  const used = Math.min(length, MOST_VALUES)
  const cut = used === length ? '' : `, of which the first ${formatElements(used)}`
  const all = await input.values(used)
  const finite = all.filter(value => Number.isFinite(value))
  if (finite.length === 0) throw new FileError(`${title}: none of its values is finite. Choose another tensor.`)
  const source = {
    title: `${title}${cut}`,
    values: finite,
    leftOut: all.length - finite.length,
    ...(whole !== undefined && { tensor: { values: whole, shape: tensor!.shape } }),
  }
  return { source, listed: { file, tensors, taken } }
}
