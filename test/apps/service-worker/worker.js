import { check } from './check.js'
import { entries } from './entries.js'

self.addEventListener('message', event => {
  event.waitUntil(check(entries).then(answer => event.source.postMessage(answer)))
})
