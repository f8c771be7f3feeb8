import './snippet.js'
import { check } from './check.js'
import { entries } from './entries.js'

console.log(JSON.stringify(await check(entries)))
