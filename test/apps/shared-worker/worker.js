import { check } from './check.js'
import { entries } from './entries.js'

self.addEventListener('connect', ({ ports: [port] }) => {
  void check(entries).then(answer => port.postMessage(answer))
})
