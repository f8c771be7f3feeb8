// Those who listen to a dispatcher.

import { DeviceLostEvent, type Dispatcher, type DispatcherEvents, MismatchEvent } from 'webgpu-activations'
import { is } from './same.ts'

export function listen(dispatcher: Dispatcher): void {
  dispatcher.addEventListener('mismatch', event => is<string>()(is<MismatchEvent>()(event).report))
  dispatcher.addEventListener('devicelost', async event => void is<DeviceLostEvent>()(event).reason)
  dispatcher.addEventListener('fallback', { handleEvent: event => void is<string>()(event.reason) }, true)
  dispatcher.addEventListener('deviceerror', event => void is<string>()(event.error.message), { once: true })
  dispatcher.addEventListener('quarantine', null, { passive: true, signal: undefined, capture: false })
  dispatcher.addEventListener('mismatch', function () {
    is<Dispatcher>()(this)
  })
  const names: readonly (keyof DispatcherEvents)[] = ['mismatch', 'fallback']
  for (const name of names) dispatcher.addEventListener(name, event => void is<string>()(event.type))
  const name: string = 'mismatch'
  dispatcher.addEventListener(name, event => void is<string>()(event.type))
  const listener = (event: MismatchEvent): void => void event.mismatches
  dispatcher.addEventListener('mismatch', listener)
  dispatcher.removeEventListener('mismatch', listener, { capture: true })
  const object = { seen: 0, handleEvent: (event: MismatchEvent) => (object.seen += event.mismatches.length) }
  dispatcher.addEventListener('mismatch', object)
  dispatcher.removeEventListener('mismatch', object)
  dispatcher.dispatchEvent(new MismatchEvent(MADE, 'forward', '', []))
  // @ts-expect-error Another event's.
  dispatcher.addEventListener('fallback', listener)
  // @ts-expect-error No such field.
  dispatcher.addEventListener('fallback', event => event.report)
  // @ts-expect-error No such option.
  dispatcher.addEventListener('fallback', () => {}, { onec: true })
}

declare const MADE: MismatchEvent['activation']
