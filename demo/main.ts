import { findSurroundings, missingWebgpu, showSurroundings } from './shell/environment.ts'
import { Notices } from './shell/notices.ts'
import { Rooms } from './shell/shell.ts'

const find = (id: string): HTMLElement => document.getElementById(id)!

const notices = new Notices(find('notices'))
const surroundings = findSurroundings()
showSurroundings(find('environment'), undefined)
void surroundings.then(found => {
  showSurroundings(find('environment'), found)
  notices.set('webgpu', missingWebgpu(found))
})

new Rooms(find('main'), notices, surroundings, {
  shapes: () => import('./rooms/shapes/room.ts'),
  lab: () => import('./rooms/lab/room.ts'),
  throughput: () => import('./rooms/throughput/room.ts'),
})

find('copy-install').addEventListener('click', () => {
  void navigator.clipboard
    .writeText(find('install').textContent)
    .then(
      () => 'Copied.',
      () => 'The browser refused to copy.',
    )
    .then(said => (find('install-copied').textContent = said))
})
