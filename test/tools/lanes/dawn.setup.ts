import { inject } from 'vitest'
import { dawn, defineGlobals, destroyAfterMaps, keepDevices } from './dawn.ts'
import { brokenPromise, describeAdapter } from './promise.ts'

// Gives the tests of a Node lane Dawn's navigator.gpu, and fails them all unless it is the driver that the lane promises.
const lane = inject('lane')
const first = globalThis.dawnInstances === undefined
const gpu = dawn()
if (first) defineGlobals()
keepDevices()
destroyAfterMaps()

// Node 20 has no navigator at all, Node 21 and later has one without gpu.
const property = { configurable: true, enumerable: true, writable: true }
if (typeof navigator === 'undefined') Object.defineProperty(globalThis, 'navigator', { ...property, value: {} })
Object.defineProperty(navigator, 'gpu', { ...property, value: gpu })

const adapter = await gpu.requestAdapter()
const broken = brokenPromise(lane, adapter?.info)
if (broken !== undefined || adapter === null) throw new Error(`lane ${lane}: ${broken}`)
if (first) console.log(`lane ${lane}: ${describeAdapter(adapter.info)}`)
