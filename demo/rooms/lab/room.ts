import type { Open } from '../../shell/room.ts'
import './lab.css'

/** The room in which networks are trained. */
export const open: Open = place => {
  const title = document.createElement('h1')
  title.textContent = 'Lab'
  place.append(title)
  return { show: () => undefined, close: () => undefined }
}
