import { oncePer } from '../../support/once.ts'
import { after, platform } from '../../support/platform.ts'

// Firefox looks for what a GPU is done with at every submission, and else every 100 ms (Mozilla's bug 1870699). Reading back
// 256 KiB behind a kernel takes it 100 ms on lavapipe (Firefox 153, medians of 50, 2026-11-21); with an empty submission after the
// map 1 ms, but still 100 now and then, where the kernel is not done by then; with more of them 1 ms. To be dropped when that
// bug is closed, and the Firefox that has it out of use.
const SHORTEST_PAUSE_MS = 1
// Of what it has waited: by so much more does an answer seem to take.
const PAUSE = 1 / 16

/** Makes Firefox look for completed work of a device until the answer has come. */
export function poll(device: GPUDevice, answer: Promise<unknown>): void {
  if (hasToBeAsked()) pollerOf(device).await(answer)
}

class Poller {
  readonly #queue: GPUQueue
  #awaited = 0
  #stop = (): void => {}

  constructor(queue: GPUQueue) {
    this.#queue = queue
  }

  await(answer: Promise<unknown>): void {
    this.#awaited++
    this.#ask(0)
    const stop = (): void => {
      if (--this.#awaited === 0) this.#stop()
    }
    answer.then(stop, stop)
  }

  #ask(waited: number): void {
    this.#stop()
    this.#queue.submit([])
    const pause = Math.max(SHORTEST_PAUSE_MS, waited * PAUSE)
    this.#stop = after(pause, () => this.#ask(waited + pause))
  }
}

const pollerOf = /* @__PURE__ */ oncePer(({ queue }: GPUDevice) => new Poller(queue))

function hasToBeAsked(): boolean {
  return (platform('navigator') as Partial<Navigator> | undefined)?.userAgent?.includes('Firefox/') === true
}
