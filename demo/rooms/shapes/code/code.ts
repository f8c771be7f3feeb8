import { type Activation, type GluActivation, wgsl } from '../../../../src/index.ts'
import type { Parameters } from '../../../state/activation-choice.ts'
import { ownActivation } from '../../../state/own.ts'
import { copyText } from '../../../support/clipboard.ts'
import { snippetOf } from './snippet.ts'

const find = (id: string): HTMLElement => document.getElementById(id)!

/** The code of an activation: the lines that an app needs, and the WGSL, in a window of its own. */
export class Code {
  readonly #window = find('wgsl') as HTMLDialogElement
  #source = ''

  constructor() {
    this.#copies('copy-code', 'copied', () => find('code').textContent)
    this.#copies('copy-wgsl', 'copied-wgsl', () => this.#source)
    find('show-wgsl').addEventListener('click', () => this.#window.showModal())
    find('close-wgsl').addEventListener('click', () => this.#window.close())
  }

  show(activation: Activation | GluActivation, parameters: Parameters): void {
    find('code').textContent = snippetOf(activation.name, parameters)
    find('wgsl-title').textContent = `${activation.name} in WGSL`
    this.#source = wgsl(activation)
    find('wgsl-source').textContent = this.#source
    const isOwn = ownActivation(activation.name) !== undefined
    find('evaluated').textContent = isOwn ? 'reference' : 'kernels'
    find('drawn-by').textContent = isOwn
      ? 'the reference of the definition drew the curves on this page.'
      : 'the WebAssembly that drew the curves on this page is compiled from them.'
    find('copied').textContent = ''
    find('copied-wgsl').textContent = ''
  }

  #copies(button: string, said: string, text: () => string): void {
    find(button).addEventListener('click', () => {
      void copyText(text()).then(message => (find(said).textContent = message))
    })
  }
}
