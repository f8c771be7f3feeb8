import { writeFileSync } from 'node:fs'
import { check } from './check.js'
import { entries } from './entries.js'

test('activations are computed', async () => {
  const answer = await check(entries)
  writeFileSync('answer.json', JSON.stringify(answer))
  expect(answer.wrong).toEqual([])
})
