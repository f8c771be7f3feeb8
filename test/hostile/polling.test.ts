import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { poll } from '../../src/gpu/device/polling.ts'

const navigatorBefore = Object.getOwnPropertyDescriptor(globalThis, 'navigator')
beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
  if (navigatorBefore === undefined) Reflect.deleteProperty(globalThis, 'navigator')
  else Object.defineProperty(globalThis, 'navigator', navigatorBefore)
})

function browse(navigator: object | undefined): void {
  Object.defineProperty(globalThis, 'navigator', { configurable: true, value: navigator })
}

const FIREFOX = { userAgent: 'Mozilla/5.0 (X11; Linux x86_64; rv:153.0) Gecko/20100101 Firefox/153.0' }

/** A device that looks whether it is done when something is submitted, and is so after this many milliseconds. */
function polledDevice(doneAfter: number, outcome: 'resolve' | 'reject' = 'resolve') {
  const start = Date.now()
  const submissions: number[] = []
  let settle: { resolve: () => void; reject: (error: Error) => void }
  const answer = new Promise<void>((resolve, reject) => {
    settle = { resolve, reject }
  })
  const submit = (commands: readonly GPUCommandBuffer[]): void => {
    expect(commands).toEqual([])
    submissions.push(Date.now() - start)
    if (submissions.at(-1)! < doneAfter) return
    if (outcome === 'resolve') settle.resolve()
    else settle.reject(new Error('lost'))
  }
  return { device: { queue: { submit } } as unknown as GPUDevice, answer, submissions }
}

test('what is done at once takes one submission', async () => {
  browse(FIREFOX)
  const { device, answer, submissions } = polledDevice(0)
  poll(device, answer)
  await vi.advanceTimersByTimeAsync(1000)
  expect(submissions).toEqual([0])
  expect(vi.getTimerCount()).toBe(0)
})

test.each(['resolve', 'reject'] as const)('what takes longer is asked for until it %ss', async outcome => {
  browse(FIREFOX)
  const { device, answer, submissions } = polledDevice(1000, outcome)
  const settled = answer.catch(() => undefined)
  poll(device, answer)
  await vi.advanceTimersByTimeAsync(10_000)
  await settled
  expect(submissions.slice(0, 5)).toEqual([0, 1, 2, 3, 4])
  // So that it seems to take little longer than it does.
  expect(submissions.at(-2)).toBeLessThan(1000)
  expect(submissions.at(-1)).toBeLessThan(1000 * 1.07)
  expect(submissions.length).toBeLessThan(100)
  expect(vi.getTimerCount()).toBe(0)
})

test('many answers of a device are asked for at once, and the first of them ends nothing', async () => {
  browse(FIREFOX)
  const { device, answer, submissions } = polledDevice(20)
  for (let call = 0; call < 10; call++) poll(device, call === 0 ? Promise.resolve() : answer)
  expect(submissions).toEqual(Array(10).fill(0))
  await vi.advanceTimersByTimeAsync(1000)
  expect(submissions.slice(10, 13)).toEqual([1, 2, 3])
  expect(submissions.at(-1)).toBeLessThan(22)
  expect(vi.getTimerCount()).toBe(0)
})

test.each([
  [
    'Chromium',
    {
      userAgent:
        'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36',
    },
  ],
  ['Node', { userAgent: 'Node.js/22' }],
  ['no user agent', {}],
  ['no navigator', undefined],
])('%s is asked for nothing', (_, navigator) => {
  browse(navigator)
  const { device, answer, submissions } = polledDevice(0)
  poll(device, answer)
  expect(submissions).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
