import { STORIES } from '../../lab/stories.ts'
import type { LabState } from '../../state/lab.ts'
import { COMPARISON } from './comparison/story.ts'
import { presetState } from './preset.ts'

export const FREE_PLAY = {
  title: 'Free play',
  subtitle: 'any network',
  sentence: 'Free play',
  account: 'Nothing is claimed here: choose data, activations and a network, and see what happens to it.',
} as const

/** Lists the stories and free play as links. @param addressOf makes the address of a state of the room */
export function listStories(place: HTMLElement, lab: LabState, addressOf: (lab: LabState) => string): void {
  const list = [
    ...STORIES.map(({ id, title, subtitle }) => ({ id, title, subtitle })),
    COMPARISON,
    { id: 'free', ...FREE_PLAY },
  ]
  const items = list.map(({ id, title, subtitle }) => {
    const link = document.createElement('a')
    link.href = addressOf({ ...presetState(lab), story: id as LabState['story'] })
    const name = document.createElement('span')
    name.textContent = title
    const detail = document.createElement('small')
    detail.textContent = subtitle
    link.append(name, ' ', detail)
    if (id === lab.story) link.setAttribute('aria-current', 'page')
    const item = document.createElement('li')
    item.append(link)
    return item
  })
  const hadFocus = place.contains(document.activeElement)
  place.replaceChildren(...items)
  const current = place.querySelector<HTMLElement>('[aria-current]')
  if (hadFocus) current?.focus({ preventScroll: true })
  // On a phone the stories scroll sideways.
  if (current !== null) place.scrollLeft = current.offsetLeft - 16
}
