import { closeOutside } from './shell/close-outside.ts'
import { findSurroundings, missingWebgpu, showSurroundings } from './shell/environment.ts'
import { Notices } from './shell/notices.ts'
import { Rooms } from './shell/shell.ts'
import { copyText } from './support/clipboard.ts'

// Vite replaces it by the address of the repository, where package.json names one.
// oxlint-disable-next-line no-underscore-dangle
declare const __REPOSITORY__: string | null

const find = (id: string): HTMLElement => document.getElementById(id)!

const notices = new Notices(find('notices'))
const surroundings = findSurroundings()
showSurroundings(find('environment'), undefined)
void surroundings.then(found => {
  showSurroundings(find('environment'), found)
  notices.set('webgpu', found.missing && missingWebgpu(found.missing))
})

new Rooms(find('main'), notices, surroundings, {
  shapes: () => import('./rooms/shapes/room.ts'),
  lab: () => import('./rooms/lab/room.ts'),
  throughput: () => import('./rooms/throughput/room.ts'),
}).start()

if (__REPOSITORY__ !== null) {
  const link = document.createElement('a')
  link.href = __REPOSITORY__
  link.textContent = 'Source'
  const item = document.createElement('li')
  item.append(link)
  find('links').append(item)
}

find('copy-install').addEventListener('click', () => {
  void copyText(find('install').textContent).then(said => (find('install-copied').textContent = said))
})

closeOutside(find('environment') as HTMLDetailsElement)
