import { readOwnData } from '../../lab/own-data.ts'
import type { OwnData, Setup } from '../../lab/training-setup.ts'
import { environmentLine, isSoftware } from '../../shell/environment.ts'
import type { Open, Room, Shell } from '../../shell/room.ts'
import type { LabState } from '../../state/lab.ts'
import { type State, writeState } from '../../state/state.ts'
import { copyText } from '../../support/clipboard.ts'
import { formatMebibytes, messageOf } from '../../support/format.ts'
import type { ComparisonPanel } from './comparison/panel.ts'
import { COMPARISON, comparisonOf } from './comparison/story.ts'
import { Figures } from './figures.ts'
import { LabForm } from './form.ts'
import { changesOf, presetState, setupOf, storyOf } from './preset.ts'
import { markdownOf } from './report.ts'
import html from './room.html?raw'
import { FREE_PLAY, listStories } from './story-list.ts'
import { processorNotice, processorText, progressText } from './texts.ts'
import { type Listener, Training } from './run/training.ts'
import { Verdicts } from './verdicts.ts'
import './lab.css'

const SECONDS_BETWEEN_WORDS = 8
/** The most that the room waits for its first figures before it is seen. */
const LONGEST_WAIT_MS = 2000
/** It is read on the thread of the page. */
const MOST_BYTES = 2 ** 26

const find = (id: string): HTMLElement => document.getElementById(id)!

/** The room in which networks are trained. */
export const open: Open = (place, shell) => {
  place.innerHTML = html
  // Everything appears at once, with the first figures and claims in it: nothing moves.
  place.classList.add('waiting')
  return new Lab(place, shell)
}

class Lab implements Room {
  readonly #place: HTMLElement
  readonly #shell: Shell
  readonly #form: LabForm
  readonly #figures: Figures
  readonly #listener: Listener = {
    changed: () => this.#schedule(),
    processorChanged: report => this.#shell.notify('device', processorNotice(report)),
  }
  readonly #training = new Training(this.#listener)
  /** The story under TensorFlow.js, once it was opened. */
  #comparison: ComparisonPanel | undefined
  readonly #verdicts = new Verdicts(this.#listener, lab => this.#addressOf(lab))
  /** The user's data, once a file was read, and whether they are trained on. */
  #own: OwnData | undefined
  #isOwnChosen = false
  /** The setup whose networks were made last, as a text. */
  #made = ''
  #story: LabState['story'] | undefined
  #isScheduled = false
  #lastSpoken = -Infinity

  constructor(place: HTMLElement, shell: Shell) {
    this.#shell = shell
    this.#place = place
    setTimeout(() => this.#appear(), LONGEST_WAIT_MS)
    this.#figures = new Figures(place.querySelector('.figure')!, shell.surroundings)
    this.#form = new LabForm(find('lab-form') as HTMLFormElement, shell.state.lab, {
      changed: lab => shell.change({ lab }, 'replace'),
      ownChosen: (isChosen, lab) => {
        this.#isOwnChosen = isChosen
        shell.change({ lab: { ...lab, run: false } }, 'replace')
      },
    })
    this.#listen()
    this.show(shell.state, 'restored')
    // The claims bring the networks with them: the page is painted before.
    void import('../../lab/claims.ts').then(({ claimOf }) => {
      this.#verdicts.load(claimOf)
      this.#verdicts.open(this.#shell.state.lab)
      this.#schedule()
    })
  }

  show({ lab }: State, how: 'changed' | 'restored'): void {
    const isOtherStory = lab.story !== this.#story
    const isComparison = lab.story === COMPARISON.id
    this.#place.classList.toggle('comparing', isComparison)
    if (isComparison) {
      if (isOtherStory) this.#openStory(lab)
      this.#training.pause()
      void this.#compare()
      return
    }
    this.#comparison?.pause()
    if (isOtherStory && how === 'restored') this.#isOwnChosen = false
    this.#form.showOwn(this.#own?.title, this.#isOwnChosen)
    this.#form.show(lab, how)
    if (isOtherStory) this.#openStory(lab)
    this.#showChanges(lab)
    const setup = this.#setup(lab)
    const text = textOf(setup, lab)
    if (text !== this.#made) this.#make(setup, text, lab.run ? 'run' : undefined)
    else if (lab.run && how === 'restored' && this.#training.model?.phase === 'ready') this.#training.run()
    this.#verdicts.open(lab)
    this.#schedule()
  }

  close(): void {
    this.#training.pause()
    this.#comparison?.pause()
    this.#verdicts.stop()
  }

  get take(): Room['take'] {
    return this.#story === COMPARISON.id ? undefined : file => void this.#read(file)
  }

  #listen(): void {
    find('lab-run').addEventListener('click', () => this.#toggleRun())
    find('lab-step').addEventListener('click', () => this.#stepOnce())
    find('lab-reset').addEventListener('click', () => this.#reset())
    find('lab-judge').addEventListener('click', () => this.#verdicts.toggle(this.#shell.state.lab))
    find('lab-link').addEventListener('click', () => this.#copyLink())
    find('lab-markdown').addEventListener('click', () => void this.#copyMarkdown())
    // Chromium 156 leaves a link half outside of a list that scrolls, where the Tab key comes to it.
    find('lab-stories').addEventListener('focusin', ({ target }) =>
      (target as HTMLElement).scrollIntoView({ block: 'nearest', inline: 'nearest' }),
    )
    const file = find('lab-file') as HTMLInputElement
    file.addEventListener('change', () => {
      const [chosen] = file.files ?? []
      if (chosen !== undefined) void this.#read(chosen)
      // Without this the same file could not be chosen again after it changed.
      file.value = ''
    })
  }

  #setup(lab: LabState): Setup {
    return setupOf(lab, this.#isOwnChosen ? this.#own : undefined)
  }

  #make(setup: Setup, text: string, then?: 'run' | 'step'): void {
    this.#made = text
    this.#training.reset(setup, this.#shell.state.lab.processor, then)
  }

  /** Makes the networks of the current choices anew. */
  #reset(then?: 'run' | 'step'): void {
    if (!this.#isUsable()) return
    const { lab } = this.#shell.state
    const setup = this.#setup(lab)
    this.#make(setup, textOf(setup, lab), then)
  }

  #toggleRun(): void {
    const { model, isMaking } = this.#training
    if (!isMaking && model?.isRunning) {
      this.#training.pause()
      return
    }
    if (!this.#isUsable()) return
    if (this.#isAtEnd) this.#reset('run')
    else this.#training.run()
    const { lab } = this.#shell.state
    if (!lab.run) this.#shell.change({ lab: { ...lab, run: true } }, 'push')
  }

  #stepOnce(): void {
    if (!this.#isUsable()) return
    if (this.#isAtEnd) this.#reset('step')
    else this.#training.step()
  }

  get #isAtEnd(): boolean {
    const { model, problem, isMaking } = this.#training
    return !isMaking && (model === undefined || model.phase === 'finished' || problem !== undefined)
  }

  /** Says which number cannot be used, if one cannot. */
  #isUsable(): boolean {
    const problem = this.#form.check()
    if (problem !== undefined) find('lab-problem').textContent = problem
    return problem === undefined
  }

  #openStory(lab: LabState): void {
    this.#verdicts.stop()
    // A link in there led to this story, and is about to go.
    if (find('lab-verdicts').contains(document.activeElement)) find('lab-sentence').focus()
    this.#story = lab.story
    const story = storyOf(lab)
    const { sentence, account } = lab.story === COMPARISON.id ? COMPARISON : (story ?? FREE_PLAY)
    find('lab-sentence').textContent = sentence
    find('lab-account').textContent = account
    listStories(find('lab-stories'), lab, state => this.#addressOf(state))
    this.#figures.lead(story?.figure ?? 'surface')
  }

  /** Shows the story that TensorFlow.js trains. Only here the page loads it. */
  async #compare(): Promise<void> {
    try {
      const { ComparisonPanel } = await import('./comparison/panel.ts')
      const now = this.#shell.state.lab
      this.#comparison ??= new ComparisonPanel(
        find('lab-comparison'),
        comparisonOf(now),
        this.#shell.surroundings,
        activation =>
          this.#shell.change({ lab: { ...this.#shell.state.lab, activations: [activation], run: false } }, 'replace'),
      )
      if (now.story !== COMPARISON.id) return
      this.#comparison.show(comparisonOf(now))
    } catch (error) {
      find('lab-comparison').textContent = `This story could not be opened: ${messageOf(error)}. Load the page again.`
      reportError(error)
    }
    this.#appear()
  }

  #showChanges(lab: LabState): void {
    const own = this.#isOwnChosen ? [`data ${this.#own?.title}`] : []
    const changes = [...own, ...changesOf(lab)]
    const place = find('lab-changes')
    place.hidden = changes.length === 0
    const back = document.createElement('a')
    back.href = this.#addressOf(presetState(lab))
    back.textContent = 'Back to the preset'
    // Own data are not in the address, which may be that of the preset already.
    back.addEventListener('click', () => {
      this.#isOwnChosen = false
    })
    const isFree = storyOf(lab) === undefined
    const hadFocus = place.contains(document.activeElement)
    place.replaceChildren(`${isFree ? 'Changed' : 'No longer the preset'}: ${changes.join(', ')}. `, back)
    if (hadFocus) (changes.length > 0 ? back : find('lab-run')).focus()
    const note = find('lab-own')
    note.hidden = !this.#isOwnChosen
    const { labels, features = 0, classes } = this.#own ?? {}
    note.textContent = `${this.#own?.title}: ${labels?.length} rows, ${features} features, ${classes?.length} classes. It stays on this machine: the address does not hold it.`
  }

  #addressOf(lab: LabState): string {
    return writeState({ ...this.#shell.state, room: 'lab', lab })
  }

  async #read(file: File): Promise<void> {
    try {
      if (file.size > MOST_BYTES) {
        throw new Error(
          `${file.name} has ${formatMebibytes(file.size)}: the lab reads up to ${formatMebibytes(MOST_BYTES)}.`,
        )
      }
      this.#own = readOwnData(file.name, await file.arrayBuffer())
      this.#isOwnChosen = true
      this.#shell.notify('file', undefined)
      const { lab } = this.#shell.state
      this.#shell.change({ lab: { ...lab, run: false } }, 'replace')
    } catch (error) {
      const fix = error instanceof Error && 'fix' in error ? ` ${String(error.fix)}` : ''
      this.#shell.notify('file', messageOf(error) + fix)
    }
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    requestAnimationFrame(() => {
      this.#isScheduled = false
      this.#draw()
    })
  }

  #appear(): void {
    this.#place.classList.remove('waiting')
  }

  #draw(): void {
    const { model, problem, isMaking } = this.#training
    if (problem !== undefined || (this.#verdicts.isReady && (model?.networks.length ?? 0) > 0)) this.#appear()
    find('lab-problem').textContent = problem ?? ''
    const isRunning = !isMaking && model?.isRunning === true
    const isPaused = model?.phase === 'paused' && model.step > 0
    find('lab-run').textContent = isRunning ? 'Pause' : isPaused ? 'Go on' : 'Run'
    if (model !== undefined) {
      this.#figures.draw(model)
      find('lab-processor').textContent = processorText(model.processor)
      this.#say(progressText(model), isRunning)
    }
    const judged = this.#verdicts.draw(this.#shell.state.lab)
    if (judged !== undefined) this.#speak(judged, true)
  }

  #copyLink(): void {
    void this.#copy(location.href, this.#isOwnChosen ? ' It does not hold your data.' : '')
  }

  async #copyMarkdown(): Promise<void> {
    const { lab } = this.#shell.state
    const { sentence } = storyOf(lab) ?? FREE_PLAY
    const found = await Promise.race([this.#shell.surroundings, Promise.resolve(undefined)])
    const software = found !== undefined && isSoftware(found) ? ' · software adapter' : ''
    const own = this.#isOwnChosen ? [`data ${this.#own?.title}`] : []
    const text = markdownOf({
      title: sentence,
      changes: [...own, ...changesOf(lab)],
      address: location.href,
      environment: environmentLine(found) + software,
      model: this.#training.model,
      claims: this.#verdicts.views(lab),
    })
    await this.#copy(text)
  }

  async #copy(text: string, note = ''): Promise<void> {
    find('lab-copied').textContent = (await copyText(text)) + note
  }

  /** Shows the progress of a run. @param passing limits how often screen readers announce it */
  #say(text: string, passing: boolean): void {
    const place = find('lab-progress')
    if (place.textContent === text) return
    place.textContent = text
    this.#speak(text, passing)
  }

  #speak(text: string, passing: boolean): void {
    const now = performance.now() / 1000
    if (passing && now - this.#lastSpoken < SECONDS_BETWEEN_WORDS) return
    this.#lastSpoken = now
    find('lab-spoken').textContent = text
  }
}

/** A text that is another one where other networks are to be made. */
function textOf(setup: Setup, { processor }: LabState): string {
  const { data } = setup
  const named = data.name === 'own' ? { name: data.title, rows: data.labels.length } : data
  return JSON.stringify([{ ...setup, data: named }, processor])
}
