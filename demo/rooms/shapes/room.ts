import * as library from '../../../src/index.ts'
import type { Open } from '../../shell/room.ts'
import { makeActivation } from '../../state/choices.ts'
import { PlotPanel } from './plot/panel.ts'
import html from './room.html?raw'
import './shapes.css'

/** The room in which activations are drawn. */
export const open: Open = (place, shell) => {
  place.innerHTML = html
  const plot = new PlotPanel(shell.state, {
    make: (name, parameters) => makeActivation(library, name, parameters),
    changed: (next, settled) => shell.change({ ...next, run: false }, settled ? 'replace' : 'settling'),
  })
  return {
    show: (state, how) => (how === 'restored' ? plot.restore(state) : plot.show(state)),
    close: () => undefined,
  }
}
