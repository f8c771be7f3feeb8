import { check } from './check.js'
import { entries } from './entries.js'

// A worker of one file, without modules, has no `await` outside of functions.
void check(entries).then(answer => self.postMessage(answer))
