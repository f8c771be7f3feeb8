import { check } from './check.js'
import { entries } from './entries.js'

self.postMessage(await check(entries))
