import { check } from './check.js'
import { entries } from './entries.js'

const answer = await check(entries)
document.documentElement.dataset.result = JSON.stringify(answer)
