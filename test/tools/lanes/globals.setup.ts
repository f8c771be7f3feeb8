import { afterAll, expect } from 'vitest'

// Files of a lane share a realm. A global that one leaves behind would change the results of the files after it, and their
// order changes from run to run.

function globals(): Map<string, unknown> {
  // Vitest's own begin so.
  const names = Object.getOwnPropertyNames(globalThis).filter(name => !name.startsWith('__'))
  return new Map(names.map(name => [name, Reflect.get(globalThis, name)]))
}

const before = globals()

// It runs after the file's own: Vitest takes the last that was registered first.
afterAll(() => {
  const after = globals()
  const changed = [...new Set([...before.keys(), ...after.keys()])].filter(
    name => !Object.is(before.get(name), after.get(name)),
  )
  expect(changed, 'globals that this file did not put back').toEqual([])
})
