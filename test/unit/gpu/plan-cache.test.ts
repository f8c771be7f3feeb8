import { expect, test } from 'vitest'
import { type DispatchPlan, PlanCache } from '../../../src/gpu/record/plan-cache.ts'

const MOST_PLANS = 2048

function plan(dispatches = 1): DispatchPlan {
  const dispatch = {} as DispatchPlan['dispatches'][number]
  return {
    dispatches: Array.from({ length: dispatches }, () => dispatch),
    buffers: [],
    sums: undefined,
    changesAgain: false,
    bindsSlopes: false,
  }
}

function filled(): PlanCache {
  const plans = new PlanCache()
  for (let i = 0; i < MOST_PLANS; i++) plans.set(`${i}`, plan())
  return plans
}

test('a plan that calls take stays, however many others come and go', () => {
  const plans = filled()
  const taken = plan()
  plans.set('taken', taken)
  for (let i = 0; i < 3 * MOST_PLANS; i++) {
    plans.set(`other ${i}`, plan())
    expect(plans.get('taken')).toBe(taken)
  }
  expect(plans.get('0')).toBeUndefined()
  expect(plans.get(`other ${MOST_PLANS - 1}`)).toBeUndefined()
})

test('a new plan is kept where all others were taken, and the oldest goes', () => {
  const plans = filled()
  for (let i = 0; i < MOST_PLANS; i++) plans.get(`${i}`)
  const added = plan()
  plans.set('new', added)
  expect(plans.get('new')).toBe(added)
  expect(plans.get('0')).toBeUndefined()
  expect(plans.get('1')).toBeDefined()
})

test('a plan of many dispatches takes the room of as many others, and is kept alone where it is larger than all room', () => {
  const plans = filled()
  plans.set('half', plan(MOST_PLANS))
  expect(plans.get(`${MOST_PLANS - 1}`)).toBeDefined()
  plans.set('large', plan(4 * MOST_PLANS))
  expect(plans.get('large')).toBeDefined()
  expect(plans.get(`${MOST_PLANS - 1}`)).toBeUndefined()
  expect(plans.get('half')).toBeUndefined()
})
