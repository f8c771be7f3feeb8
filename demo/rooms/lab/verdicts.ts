import type { Claim } from '../../lab/claims.ts'
import type { ClaimName, Story } from '../../lab/story.ts'
import { STORIES } from '../../lab/stories.ts'
import type { LabState } from '../../state/lab.ts'
import { counterState, presetState, storyOf } from './preset.ts'
import { Judging } from './run/judging.ts'
import type { Listener } from './run/training.ts'
import { type ClaimView, VerdictPanel } from './verdict-panel.ts'

const find = (id: string): HTMLElement => document.getElementById(id)!

/** The claims of a story, their verdicts over many seeds, and its counter-example. */
export class Verdicts {
  readonly #listener: Listener
  readonly #addressOf: (lab: LabState) => string
  readonly #panel = new VerdictPanel(find('lab-verdicts'))
  #claimOf: ((name: ClaimName) => Claim) | undefined
  #judging: Judging | undefined

  /** @param addressOf makes the address of a state of the room */
  constructor(listener: Listener, addressOf: (lab: LabState) => string) {
    this.#listener = listener
    this.#addressOf = addressOf
  }

  /** True once the claims are loaded. */
  get isReady(): boolean {
    return this.#claimOf !== undefined
  }

  /** Takes the claims, which are loaded after the page is painted. */
  load(claimOf: (name: ClaimName) => Claim): void {
    this.#claimOf = claimOf
    this.#judging = new Judging(this.#listener, claimOf)
  }

  stop(): void {
    this.#judging?.stop()
  }

  /** Starts to measure the claims of a state, or stops. */
  toggle(lab: LabState): void {
    const judging = this.#judging
    if (judging === undefined) return
    if (judging.isRunning) judging.stop()
    else judging.start(claimsOf(lab), lab.seeds, lab.processor)
  }

  /** The claims of a state, with their verdicts so far. */
  views(lab: LabState): readonly ClaimView[] {
    return claimsOf(lab).flatMap(name =>
      this.#claimOf === undefined ? [] : [{ claim: this.#claimOf(name), verdict: this.#judging?.verdictOf(name) }],
    )
  }

  /** Opens the claims of the story, and its counter-example, which depends on the state. */
  open(lab: LabState): void {
    const story = storyOf(lab)
    const claimOf = this.#claimOf
    if (claimOf === undefined) return
    find('lab-judge').hidden = story === undefined
    const counterExample = story && this.#counterExample(story, lab)
    const shown = `${lab.story} ${counterExample?.dataset['shown']}`
    const place = find('lab-verdicts')
    if (place.dataset['shown'] === shown) return
    place.dataset['shown'] = shown
    const hadFocus = place.contains(document.activeElement)
    this.#panel.open(claimsOf(lab).map(claimOf), counterExample, claim => this.#opposite(claim, lab))
    // The link that was followed is replaced by the one back.
    if (hadFocus) counterExample?.querySelector('a')?.focus()
    place.classList.toggle('none', story === undefined)
    if (story === undefined) place.textContent = 'A verdict needs a claim: choose a story.'
  }

  /** Draws the verdicts so far. @returns the progress as a text, while claims are measured */
  draw(lab: LabState): string | undefined {
    const judging = this.#judging
    if (judging === undefined) return undefined
    const claims = claimsOf(lab)
    const verdicts = claims.map(claim => judging.verdictOf(claim))
    claims.forEach((claim, i) => this.#panel.show(claim, verdicts[i], judging.isRunning))
    find('lab-judge').textContent = judging.isRunning ? 'Stop' : `${lab.seeds} ${lab.seeds === 1 ? 'seed' : 'seeds'}`
    find('lab-judge-problem').textContent = judging.problem ?? ''
    const done = verdicts.reduce((sum, verdict) => sum + (verdict?.seeds ?? 0), 0)
    const wanted = verdicts.reduce((sum, verdict) => sum + (verdict?.wanted ?? 0), 0)
    const count = claims.length === 1 ? 'one claim' : `${claims.length} claims`
    const text = wanted === 0 ? `tests ${count}` : `${done} of ${wanted} runs of ${count}`
    find('lab-judged').textContent = claims.length === 0 ? '' : text
    return judging.isRunning ? text : undefined
  }

  #counterExample(story: Story, lab: LabState): HTMLElement {
    const { counterExample } = story
    const element = document.createElement('section')
    element.className = 'claim counter'
    const title = document.createElement('h3')
    title.textContent = counterExample.title
    const sentence = document.createElement('p')
    sentence.textContent = `${counterExample.sentence} `
    const address = this.#addressOf(counterState(story, counterExample, lab))
    const isShown = address === this.#addressOf({ ...lab, run: false })
    element.dataset['shown'] = String(isShown)
    const link = document.createElement('a')
    link.href = isShown ? this.#addressOf(presetState(lab)) : address
    link.textContent = isShown ? 'Back to the preset' : 'Try it'
    sentence.append(link)
    element.append(title, sentence)
    return element
  }

  /** Makes a link to the story of the claim that shows the opposite, unless the claim is on the page. */
  #opposite({ counterExample }: Claim, lab: LabState): HTMLElement | undefined {
    if (counterExample === null || claimsOf(lab).includes(counterExample)) return undefined
    const story = STORIES.find(({ claims }) => claims.includes(counterExample))
    if (story === undefined) return undefined
    const element = document.createElement('p')
    const link = document.createElement('a')
    link.href = this.#addressOf({ ...presetState(lab), story: story.id })
    link.textContent = this.#claimOf!(counterExample).sentence
    element.append('Its opposite: ', link)
    return element
  }
}

/** The claims of a story, and that of its counter-example. */
function claimsOf(lab: LabState): readonly ClaimName[] {
  const story = storyOf(lab)
  const opposite = story?.counterExample.claim ?? undefined
  return [...new Set([...(story?.claims ?? []), ...(opposite === undefined ? [] : [opposite])])]
}
