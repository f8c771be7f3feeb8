import { inject } from 'vitest'
import { brokenPromise, describeAdapter } from './promise.ts'

// Fails every test of the browser lane unless the page has WebGPU on the software adapter that the lane promises.
const lane = inject('lane')
if (!('gpu' in navigator)) throw new Error(`lane ${lane}: no navigator.gpu`)
const adapter = await navigator.gpu.requestAdapter()
const broken = brokenPromise(lane, adapter?.info)
if (broken !== undefined || adapter === null) throw new Error(`lane ${lane}: ${broken}`)

// Once a tab, not once a test file.
if (sessionStorage.getItem('lane') !== lane) {
  sessionStorage.setItem('lane', lane)
  console.log(`lane ${lane}: ${describeAdapter(adapter.info)}`)
}
