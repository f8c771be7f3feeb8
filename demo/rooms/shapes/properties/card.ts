import { Latest } from '../../../support/latest.ts'
import type { Drawable } from '../plot/drawable.ts'
import { propertiesOf } from './properties.ts'
import { describeProperties } from './words.ts'

/** The card of the properties of an activation. */
export class PropertyCard {
  readonly #list: HTMLElement
  readonly #latest = new Latest()

  constructor(list: HTMLElement) {
    this.#list = list
  }

  /** Finds the properties and shows them. @param variable the name of what the activation is a function of */
  show(drawable: Drawable, variable: string): Promise<void> {
    return this.#latest.run(propertiesOf(drawable), properties => {
      this.#list.replaceChildren(
        ...describeProperties(properties, variable).flatMap(({ term, text }) => [
          element('dt', term),
          element('dd', text),
        ]),
      )
    })
  }
}

function element(name: 'dt' | 'dd', text: string): HTMLElement {
  const made = document.createElement(name)
  made.textContent = text
  return made
}
