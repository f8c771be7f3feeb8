import { create, globals } from 'webgpu'

Object.assign(globalThis, globals)
// In a global variable: the process crashes at random when the result of create() is collected.
globalThis.gpu = create([])
Object.defineProperty(globalThis, 'navigator', { value: { gpu: globalThis.gpu }, configurable: true })
