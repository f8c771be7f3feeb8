import { check } from '../check.js'
import { entries } from '../entries.js'

const result = await check(entries)
document.documentElement.dataset.result = JSON.stringify(result)
