import { expect, test } from 'vitest'
import { type Lane, laneLine, mayTest } from './lanes.ts'

const on: Lane = { project: 'node', on: true, runsOn: 'Node' }
const page: Lane = { project: 'page', on: false, reason: 'no Chromium' }
const models: Lane = { project: 'models', on: false, reason: '`npm test -- --project models` fetches them' }

test('CI has every lane on but that of models, which says how to have it', () => {
  expect(mayTest([on, page], false)).toBe(true)
  expect(mayTest([on, page], true)).toBe(false)
  expect(mayTest([on, models], false)).toBe(true)
  expect(mayTest([on, models], true)).toBe(true)
  expect(laneLine(models)).toBe('lane models           OFF  `npm test -- --project models` fetches them')
})

test('a run of lanes that are all off is no green run', () => {
  expect(mayTest([models], false)).toBe(false)
  expect(mayTest([models], true)).toBe(false)
  expect(mayTest([], false)).toBe(false)
})
