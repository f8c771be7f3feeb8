import { inject } from 'vitest'
import { brokenPromise, describeAdapter } from './promise.ts'

declare global {
  var denoLane: string | undefined
}

// Fails every test of Deno's lane unless WebGPU has the driver that the lane promises.
const lane = inject('lane')
if (!('gpu' in navigator)) throw new Error(`lane ${lane}: no navigator.gpu`)
const adapter = await navigator.gpu.requestAdapter()
const broken = brokenPromise(lane, adapter?.info)
if (broken !== undefined || adapter === null) throw new Error(`lane ${lane}: ${broken}`)

// Once a process, not once a test file.
if (globalThis.denoLane === undefined) console.log(`lane ${lane}: ${describeAdapter(adapter.info)}`)
globalThis.denoLane = lane
