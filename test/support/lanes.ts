import { inject } from 'vitest'

const TURNS: Readonly<Record<string, number>> = { 'node-swiftshader': 0, browser: 1 }

/**
 * The cases that this lane runs. Node's lane on SwiftShader and Chromium's have one driver: where a case says nothing of the
 * browser, each of the two takes every other one. The other lanes run them all.
 */
export function casesHere<Case>(cases: readonly Case[]): readonly Case[] {
  const turn = TURNS[inject('lane')]
  return cases.filter((_, i) => turn === undefined || i % TURNS_IN_ALL === turn)
}

const TURNS_IN_ALL = Object.keys(TURNS).length
