import type { State } from '../state/state.ts'
import type { Surroundings } from './environment.ts'
import type { Topic } from './events.ts'

/** The page around a room. */
export interface Shell {
  /** The adapter, once it is known. With a driver that hangs this is never settled. */
  readonly surroundings: Promise<Surroundings>
  readonly state: State
  /**
   * Takes a change of the state by the user, and shows it to the room.
   *
   * @param step `settling`: more changes follow at once, as from a slider that moves, and the address waits for the last;
   *   `replace`: the address has it; `push`: so has the history of the browser, for what one goes back to
   */
  change(next: Partial<State>, step: Step): void
  /** Sets the notice about a topic, or removes it. */
  notify(topic: Topic, text: string | undefined): void
}

export type Step = 'settling' | 'replace' | 'push'

/** A room that has been opened. It stays in the page, hidden while another one is shown. */
export interface Room {
  /** Shows a state: `changed` in the room itself, or `restored` from an address, which replaces what was typed. */
  show(state: State, how: 'changed' | 'restored'): void
  /** Stops what runs: another room is shown from now on. */
  close(): void
  /** Takes a file that was dropped on the page; absent where the room has no use for files, or not now. */
  readonly take?: ((file: File) => void) | undefined
}

/** A module in rooms/NAME/room.ts exports it as `open`. @param place an empty element of the page, for the room alone */
export type Open = (place: HTMLElement, shell: Shell) => Room
