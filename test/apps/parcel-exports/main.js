import { check } from './check.js'
import { entries } from './entries.js'

void check(entries).then(answer => {
  document.documentElement.dataset.result = JSON.stringify(answer)
})
