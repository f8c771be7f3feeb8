import type { InputKind } from '../state/choices.ts'
import { formatElements, formatShare, formatWhole } from '../support/format.ts'
import { FileError, fromArray, type Input } from './input.ts'
import { normalInput } from './normal.ts'
import { drawPicture, pictureOf, readPicture, sobelResponse } from './picture.ts'
import type { ListedTensor } from './safetensors.ts'
import { readTensor } from './tensor.ts'
import { listTensors } from './tensor-file.ts'

const HINTS: Readonly<Record<InputKind, string>> = {
  normal: '',
  picture: 'or drop a picture anywhere on this page. It stays on this machine.',
  npy: 'or drop a .npy or .safetensors anywhere on this page. It stays on this machine.',
}

/** An input that was read from a file. */
interface Taken {
  readonly kind: InputKind
  readonly input: Input
  /** Shows it, once no other file was chosen meanwhile. */
  readonly show: () => void
}

interface Listener {
  /** A file was read. */
  chosen(kind: InputKind): void
  /** A file cannot be used, with the reason; undefined once a file can be used. */
  refused(why: string | undefined): void
}

/** The part of the form that chooses the source of x: random numbers, or a file that is picked or dropped. */
export class Chooser {
  readonly #listener: Listener
  readonly #drop = find('drop')
  readonly #preview = find('preview')
  readonly #tensors = find('tensors') as HTMLSelectElement
  readonly #note = find('input-note')
  readonly #files = new Map<InputKind, Input>()
  /** The file whose tensors are listed, and the index of the chosen tensor. */
  #listed: { readonly file: File; readonly tensors: readonly ListedTensor[]; readonly taken: number } | undefined
  #latest = 0
  #enabled = true

  constructor(listener: Listener) {
    this.#listener = listener
    const file = find('file') as HTMLInputElement
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? []
      if (chosen !== undefined) void this.#take(chosen)
      // Without this the same file could not be chosen again after it changed.
      file.value = ''
    })
    this.#tensors.addEventListener('change', () => void this.#takeListed())
  }

  /** Accepts dropped files, or refuses them during a run. */
  enable(enabled: boolean): void {
    this.#enabled = enabled
  }

  /** Reads a file that was dropped. */
  take(file: File): void {
    if (this.#enabled) void this.#take(file)
  }

  /** The input of a kind; undefined before its file is chosen. */
  input(kind: InputKind, seed: number): Input | undefined {
    return kind === 'normal' ? normalInput(seed) : this.#files.get(kind)
  }

  /** Shows the chosen input, and the sizes to which it is repeated. */
  show(kind: InputKind, seed: number, sizes: readonly number[]): void {
    const input = this.input(kind, seed)
    this.#drop.hidden = kind === 'normal'
    find('tensor-list').hidden = kind !== 'npy' || this.#tensors.length < 2
    this.#preview.hidden = kind !== 'picture' || input === undefined
    find('drop-hint').textContent = HINTS[kind]
    this.#note.textContent = input === undefined ? 'No file yet.' : describe(input, sizes)
  }

  async #take(file: File, read = () => this.#read(file)): Promise<void> {
    const turn = ++this.#latest
    try {
      const { kind, input, show } = await read()
      if (turn !== this.#latest) return
      this.#files.set(kind, input)
      show()
      this.#listener.refused(undefined)
      this.#listener.chosen(kind)
    } catch (error) {
      if (turn !== this.#latest) return
      this.#markTaken()
      this.#listener.refused(
        error instanceof FileError ? error.message : `${file.name} cannot be read: ${String(error)}`,
      )
    }
  }

  async #read(file: File): Promise<Taken> {
    const tensors = await listTensors(file)
    if (tensors === undefined) return readPictureInput(file)
    const first = tensors.findIndex(({ tensor }) => tensor !== undefined)
    return this.#readTensor(file, tensors, first)
  }

  async #readTensor(file: File, tensors: readonly ListedTensor[], index: number): Promise<Taken> {
    const { name, tensor } = tensors[index]!
    const input = await readTensor(file, name === '' ? file.name : `${file.name}, ${name}`, tensor!)
    const show = (): void => {
      if (this.#listed?.tensors !== tensors) this.#tensors.replaceChildren(...tensors.map(optionOf))
      this.#listed = { file, tensors, taken: index }
      this.#markTaken()
    }
    return { kind: 'npy', input, show }
  }

  /** Reads the tensor that was chosen in the list. */
  async #takeListed(): Promise<void> {
    const { file, tensors } = this.#listed!
    const index = this.#tensors.selectedIndex
    await this.#take(file, () => this.#readTensor(file, tensors, index))
  }

  #markTaken(): void {
    if (this.#listed !== undefined) this.#tensors.selectedIndex = this.#listed.taken
  }
}

async function readPictureInput(file: File): Promise<Taken> {
  const picture = await readPicture(file)
  const response = sobelResponse(picture)
  const size = `${formatWhole(response.width)} × ${formatWhole(response.height)}`
  const input = fromArray(`horizontal Sobel response of ${file.name}, ${size}`, response.values)
  const show = (): void => {
    drawPicture(find('picture') as HTMLCanvasElement, picture)
    drawPicture(find('response') as HTMLCanvasElement, pictureOf(response))
  }
  return { kind: 'picture', input, show }
}

function optionOf({ name, description, tensor }: ListedTensor): HTMLOptionElement {
  const option = document.createElement('option')
  option.textContent = `${name}: ${description}`
  option.disabled = tensor === undefined
  return option
}

function describe({ title, length, negativeShare }: Input, sizes: readonly number[]): string {
  if (length === undefined) return 'x and dy are standard normal: half of x is below zero.'
  const repeated = sizes.filter(size => size > length)
  const values = `${formatWhole(length)} ${length === 1 ? 'value' : 'values'}, ${formatShare(negativeShare)} below zero`
  const filled = repeated.length === 0 ? '' : ` Repeated to fill ${repeated.map(formatElements).join(', ')} elements.`
  return `${capitalize(title)}: ${values}.${filled} dy is standard normal.`
}

function capitalize(text: string): string {
  return text.startsWith('horizontal') ? text[0]!.toUpperCase() + text.slice(1) : text
}

function find(id: string): HTMLElement {
  return document.getElementById(id)!
}
