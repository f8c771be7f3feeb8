import { expect, test } from 'vitest'
import { checkUnchanged } from '../../../src/operations/layout.ts'

test('a detached array is noticed by code that has been optimized for memory that can be resized', () => {
  const Resizable = ArrayBuffer as unknown as new (length: number, options: object) => ArrayBuffer
  for (let round = 0; round < 20; round++) {
    for (let i = 0; i < 3000; i++) {
      checkUnchanged({ x: new Float32Array(new Resizable(20, { maxByteLength: 80 })), dy: new Float32Array(5) }, 5)
    }
    const x = new Float32Array(4000)
    structuredClone(x, { transfer: [x.buffer] })
    expect(() => checkUnchanged({ x }, 4000)).toThrow(expect.objectContaining({ code: 'invalid-array' }))
  }
})
