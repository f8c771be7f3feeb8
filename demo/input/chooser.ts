import type { InputKind } from '../choices.ts'
import { formatElements, formatShare, formatWhole } from '../format.ts'
import { FileError, fromArray, type Input } from './input.ts'
import { normalInput } from './normal.ts'
import { isNpy, readNpy } from './npy.ts'
import { drawPicture, pictureOf, readPicture, sobelResponse } from './picture.ts'

const HINTS: Readonly<Record<InputKind, string>> = {
  normal: '',
  picture: 'or drop a picture anywhere on this page. It stays on this machine.',
  npy: 'or drop a .npy of float32 anywhere on this page. It stays on this machine.',
}

interface Listener {
  /** A file was read. */
  chosen(kind: InputKind): void
  /** A file cannot be used; undefined once another one can. */
  refused(why: string | undefined): void
}

/** The part of the form that says where x comes from: random numbers, or a file that is picked or dropped. */
export class Chooser {
  readonly #listener: Listener
  readonly #drop = find('drop')
  readonly #preview = find('preview')
  readonly #note = find('input-note')
  readonly #files = new Map<InputKind, Input>()
  #latest = 0
  #enabled = true

  constructor(listener: Listener) {
    this.#listener = listener
    const file = find('file') as HTMLInputElement
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? []
      if (chosen !== undefined) void this.#take(chosen)
      // So that the same file can be chosen again after it changed.
      file.value = ''
    })
    // Anywhere on the page: a file that misses its target would replace the page.
    document.addEventListener('dragover', event => {
      if (!hasFiles(event)) return
      event.preventDefault()
      document.body.classList.toggle('dropping', this.#enabled)
    })
    document.addEventListener('dragleave', event => {
      if (event.relatedTarget === null) document.body.classList.remove('dropping')
    })
    document.addEventListener('drop', event => {
      if (!hasFiles(event)) return
      event.preventDefault()
      document.body.classList.remove('dropping')
      const [dropped] = event.dataTransfer?.files ?? []
      if (dropped !== undefined && this.#enabled) void this.#take(dropped)
    })
  }

  /** Whether a file may be dropped: not while a run goes on. */
  enable(enabled: boolean): void {
    this.#enabled = enabled
  }

  /** The input of a kind; undefined while its file is missing. */
  input(kind: InputKind, seed: number): Input | undefined {
    return kind === 'normal' ? normalInput(seed) : this.#files.get(kind)
  }

  /** Shows what is chosen, and what becomes of it at these sizes. */
  show(kind: InputKind, seed: number, sizes: readonly number[]): void {
    const input = this.input(kind, seed)
    this.#drop.hidden = kind === 'normal'
    this.#preview.hidden = kind !== 'picture' || input === undefined
    find('drop-hint').textContent = HINTS[kind]
    this.#note.textContent = input === undefined ? 'No file yet.' : describe(input, sizes)
  }

  async #take(file: File): Promise<void> {
    const turn = ++this.#latest
    try {
      const kind = await this.#read(file)
      if (turn !== this.#latest) return
      this.#listener.refused(undefined)
      this.#listener.chosen(kind)
    } catch (error) {
      if (turn !== this.#latest) return
      this.#listener.refused(
        error instanceof FileError ? error.message : `${file.name} cannot be read: ${String(error)}`,
      )
    }
  }

  async #read(file: File): Promise<InputKind> {
    if (file.size === 0) throw new FileError(`${file.name} is empty.`)
    const beginning = new Uint8Array(await file.slice(0, 6).arrayBuffer())
    if (isNpy(beginning) || file.name.toLowerCase().endsWith('.npy')) {
      const { values, shape } = readNpy(file.name, await file.arrayBuffer())
      const dimensions = shape.length === 0 ? 'a scalar' : shape.map(formatWhole).join(' × ')
      this.#files.set('npy', fromArray(`${file.name}, float32, ${dimensions}`, values))
      return 'npy'
    }
    const picture = await readPicture(file)
    const response = sobelResponse(picture)
    drawPicture(find('picture') as HTMLCanvasElement, picture)
    drawPicture(find('response') as HTMLCanvasElement, pictureOf(response))
    const size = `${formatWhole(response.width)} × ${formatWhole(response.height)}`
    this.#files.set('picture', fromArray(`horizontal Sobel response of ${file.name}, ${size}`, response.values))
    return 'picture'
  }
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

function hasFiles(event: DragEvent): boolean {
  return event.dataTransfer?.types.includes('Files') ?? false
}

function find(id: string): HTMLElement {
  return document.getElementById(id)!
}
