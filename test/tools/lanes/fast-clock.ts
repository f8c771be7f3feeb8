import type { Plugin } from 'vite'

/**
 * A page whose clock goes ten times as fast. Rows repeat their work until it takes long enough to be timed, and tests read
 * no times: this leaves a few repetitions of each.
 */
export const fastClock: Plugin = {
  name: 'fast-clock',
  transformIndexHtml: () => [
    {
      tag: 'script',
      children: '{ const now = performance.now.bind(performance); performance.now = () => 10 * now() }',
      injectTo: 'head-prepend',
    },
  ],
}
