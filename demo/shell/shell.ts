import { DEFAULTS, readState, type RoomName, ROOMS, type State, writeState } from '../state/state.ts'
import { messageOf } from '../support/format.ts'
import { takeDrops } from './drop.ts'
import type { Surroundings } from './environment.ts'
import { Notices } from './notices.ts'
import type { Topic } from './events.ts'
import type { Open, Room, Shell, Step } from './room.ts'

/** The delay after which the address follows a slider. */
const SETTLED_MS = 250

/** A room that was asked for: its element, and the room once its module has been loaded. */
interface Opened {
  readonly place: HTMLElement
  room?: Room
}

/** Opens rooms as the address asks for them, and keeps the address as the user changes the state. */
export class Rooms implements Shell {
  readonly surroundings: Promise<Surroundings>
  readonly #main: HTMLElement
  readonly #links: Readonly<Record<RoomName, HTMLAnchorElement>>
  readonly #load: Readonly<Record<RoomName, () => Promise<{ readonly open: Open }>>>
  readonly #notices: Notices
  readonly #opened = new Map<RoomName, Opened>()
  #state: State = DEFAULTS
  #settling: ReturnType<typeof setTimeout> | undefined

  constructor(
    main: HTMLElement,
    notices: Notices,
    surroundings: Promise<Surroundings>,
    load: Readonly<Record<RoomName, () => Promise<{ readonly open: Open }>>>,
  ) {
    this.#main = main
    this.#notices = notices
    this.surroundings = surroundings
    this.#load = load
    const links = ROOMS.map(room => [room, document.querySelector<HTMLAnchorElement>(`a[data-room=${room}]`)!] as const)
    this.#links = Object.fromEntries(links) as Record<RoomName, HTMLAnchorElement>
  }

  /** Shows the room that the address asks for, from now on. */
  start(): void {
    // Also of links within rooms: a step that needs no other page.
    document.addEventListener('click', event => this.#follow(event))
    window.addEventListener('popstate', () => this.#read())
    takeDrops(() => this.#opened.get(this.#state.room)?.room?.take)
    this.#read()
  }

  get state(): State {
    return this.#state
  }

  change(next: Partial<State>, step: Step): void {
    this.#state = { ...this.#state, ...next }
    clearTimeout(this.#settling)
    if (step === 'settling') this.#settling = setTimeout(() => this.#write('replace'), SETTLED_MS)
    else this.#write(step)
    this.notify('address', undefined)
    this.#show('changed')
  }

  notify(topic: Topic, text: string | undefined): void {
    this.#notices.set(topic, text)
  }

  /** Goes where a link of this page leads, without loading the page again. */
  #follow(event: MouseEvent): void {
    const link = event.target instanceof Element ? event.target.closest<HTMLAnchorElement>('a[href^="?"]') : null
    const isPlain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey
    if (link === null || !isPlain || event.defaultPrevented) return
    event.preventDefault()
    this.#settle()
    const { room } = this.#state
    if (link.search !== location.search) history.pushState(null, '', link.search)
    this.#read()
    if (this.#state.room !== room) scrollTo(0, 0)
  }

  /** Takes the state of the address. */
  #read(): void {
    clearTimeout(this.#settling)
    const { state, notes } = readState(location.search, this.#state)
    this.#state = state
    this.notify('address', notes.length === 0 ? undefined : `${notes.join(' ')} Ignored.`)
    this.#show('restored')
  }

  /** Writes what waits for a slider to rest. */
  #settle(): void {
    if (this.#settling === undefined) return
    clearTimeout(this.#settling)
    this.#settling = undefined
    this.#write('replace')
  }

  #write(step: 'replace' | 'push'): void {
    this.#settling = undefined
    const search = writeState(this.#state)
    // The first address may have none of the room, and means the same.
    if (search === location.search) return
    history[`${step}State`](null, '', location.pathname + search)
  }

  #show(how: 'changed' | 'restored'): void {
    const { room } = this.#state
    for (const name of ROOMS)
      this.#links[name].setAttribute('href', writeState({ ...this.#state, room: name, run: false }))
    for (const [name, { place, room: other }] of this.#opened) {
      if (name === room || place.hidden) continue
      other?.close()
      place.hidden = true
    }
    document.querySelector('nav [aria-current]')?.removeAttribute('aria-current')
    this.#links[room].setAttribute('aria-current', 'page')
    document.title = `${this.#links[room].textContent}: webgpu-activations`
    const opened = this.#opened.get(room)
    if (opened === undefined) {
      void this.#open(room)
      return
    }
    opened.place.hidden = false
    opened.room?.show(this.#state, how)
  }

  async #open(name: RoomName): Promise<void> {
    const place = document.createElement('div')
    place.className = `room ${name}`
    this.#main.append(place)
    const opened: Opened = { place }
    this.#opened.set(name, opened)
    try {
      const { open } = await this.#load[name]()
      opened.room = open(place, this)
      if (this.#state.room !== name) opened.room.close()
    } catch (error) {
      this.#opened.delete(name)
      place.remove()
      this.notify('room', `This room could not be opened: ${messageOf(error)}. Load the page again.`)
      reportError(error)
    }
  }
}
