import { inject } from 'vitest'

/** Whether this lane is a browser's: it has no modules of Node. */
export const isBrowser = ['browser', 'firefox'].includes(inject('lane'))

/** Whether this lane's WebGPU is wgpu with the compiler naga, and not Dawn. */
export const isWgpu = ['deno', 'firefox'].includes(inject('lane'))

const TURNS: Readonly<Record<string, number>> = { 'node-swiftshader': 0, browser: 1, deno: 0, firefox: 1 }

/**
 * The cases that this lane runs. Node's lane on SwiftShader and Chromium's have one implementation and one driver, and so have
 * Deno's lane and Firefox's: where a case says nothing of what it runs in, each of the two takes every other one. The other lanes
 * run them all.
 */
export function casesHere<Case>(cases: readonly Case[]): readonly Case[] {
  const turn = TURNS[inject('lane')]
  return cases.filter((_, i) => turn === undefined || i % TURNS_IN_ALL === turn)
}

const TURNS_IN_ALL = 2
