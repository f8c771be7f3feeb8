import type { Claim } from '../../lab/claims.ts'
import type { ClaimName } from '../../lab/story.ts'
import { formatRange } from '../../lab/verdict.ts'
import type { Verdict } from './run/judging.ts'

/** The shown parts of one claim. */
export interface ClaimView {
  readonly claim: Claim
  readonly verdict: Verdict | undefined
}

/** The claims of a story with their verdicts: the first one in full, the others to open. */
export class VerdictPanel {
  readonly #place: HTMLElement
  readonly #cards = new Map<ClaimName, ClaimCard>()

  constructor(place: HTMLElement) {
    this.#place = place
  }

  /**
   * Shows other claims.
   *
   * @param counterExample stands below the first one
   * @param oppositeOf makes a link to the opposite of a claim, where that is among those of another story
   */
  open(
    claims: readonly Claim[],
    counterExample: HTMLElement | undefined,
    oppositeOf: (claim: Claim) => HTMLElement | undefined,
  ): void {
    this.#cards.clear()
    const elements = claims.map((claim, i) => {
      const card = new ClaimCard(claim, i === 0, oppositeOf(claim))
      this.#cards.set(claim.name, card)
      return card.element
    })
    const [first, ...others] = elements
    this.#place.replaceChildren(...[first, counterExample, ...others].filter(element => element !== undefined))
  }

  show(name: ClaimName, verdict: Verdict | undefined, isRunning: boolean): void {
    this.#cards.get(name)?.show(verdict, isRunning)
  }
}

class ClaimCard {
  readonly element: HTMLElement
  readonly #title = document.createElement('strong')
  readonly #squares = document.createElement('span')
  readonly #measured = document.createElement('ul')
  readonly #count = document.createElement('span')
  #squareCount = -1

  constructor(claim: Claim, isFirst: boolean, opposite: HTMLElement | undefined) {
    this.element = document.createElement('section')
    this.element.className = isFirst ? 'claim first' : 'claim'
    this.element.dataset['claim'] = claim.name
    this.#squares.className = 'squares'
    this.#squares.setAttribute('role', 'img')
    this.#count.className = 'count'
    this.#measured.className = 'measured'
    const head = document.createElement(isFirst ? 'div' : 'summary')
    const title = document.createElement(isFirst ? 'h2' : 'h3')
    title.append(this.#title)
    head.append(title, text('span', claim.sentence, 'sentence'), this.#squares, this.#count)
    const body = [
      this.#measured,
      text('p', `Needed in each seed: ${claim.threshold}.`),
      text('p', `Preset: ${claim.preset}. Only the seed varies: data, weights, order of examples.`),
      ...(opposite === undefined ? [] : [opposite]),
    ]
    if (isFirst) {
      this.element.append(head, ...body)
      return
    }
    const details = document.createElement('details')
    details.append(head, ...body)
    this.element.append(details)
  }

  show(verdict: Verdict | undefined, isRunning: boolean): void {
    const { results = [], wanted = 0 } = verdict ?? {}
    const seeds = verdict?.seeds ?? 0
    this.element.dataset['kind'] = verdict === undefined || seeds === 0 ? 'none' : verdict.kind
    this.#title.textContent = titleOf(verdict, isRunning)
    this.#drawSquares(verdict)
    this.#count.textContent = seeds === 0 ? '' : `${verdict!.passed} of ${seeds} seeds pass.`
    this.#squares.hidden = wanted === 0
    this.#squares.setAttribute(
      'aria-label',
      `${results.length} of ${wanted} seeds measured, ${verdict?.passed ?? 0} pass`,
    )
    const values = seeds === 0 ? [] : verdict!.values
    this.#measured.replaceChildren(
      ...values.map(value => text('li', `${value.label}: ${formatRange(value)}`)),
      ...(values.length === 0 ? [] : [text('li', 'Median [smallest largest].', 'note')]),
    )
  }

  #drawSquares(verdict: Verdict | undefined): void {
    const wanted = verdict?.wanted ?? 0
    if (wanted !== this.#squareCount) {
      this.#squareCount = wanted
      this.#squares.replaceChildren(...Array.from({ length: wanted }, () => document.createElement('i')))
    }
    const squares = this.#squares.children
    for (let i = 0; i < wanted; i++) {
      const result = verdict!.results[i]
      const square = squares[i] as HTMLElement
      const state = result === undefined ? '' : result.passed ? 'passed' : 'failed'
      if (square.className !== state) square.className = state
      if (result !== undefined) square.title = `seed ${result.seed}: ${result.passed ? 'passes' : 'does not pass'}`
    }
  }
}

/** `12 of 12 so far`, then the verdict. */
export function titleOf(verdict: Verdict | undefined, isRunning: boolean): string {
  if (verdict === undefined) return 'Not measured yet'
  if (verdict.isComplete) return verdict.verdict
  if (verdict.seeds === 0) return isRunning ? 'Measuring …' : 'Not measured yet'
  return `${verdict.passed} of ${verdict.seeds} so far`
}

function text(name: 'p' | 'li' | 'span', content: string, kind = ''): HTMLElement {
  const element = document.createElement(name)
  element.className = kind
  element.textContent = content
  return element
}
