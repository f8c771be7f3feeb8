import { expect, test } from 'vitest'
import { projectNames } from '../../tools/lanes/lanes.ts'
import { projectFilter } from '../../tools/lanes/project-filter.ts'

test.each([
  [[], ['node', 'node-swiftshader', 'node-lavapipe', 'deno', 'browser', 'firefox', 'page', 'isa']],
  [
    ['test/x.test.ts', '-t', 'relu'],
    ['node', 'node-swiftshader', 'node-lavapipe', 'deno', 'browser', 'firefox', 'page', 'isa'],
  ],
  [['--project', 'node'], ['node']],
  [
    ['--project=node', '--project', 'page'],
    ['node', 'page'],
  ],
  [
    ['--project', 'node*'],
    ['node', 'node-swiftshader', 'node-lavapipe'],
  ],
  [
    ['--project', '!node*'],
    ['deno', 'browser', 'firefox', 'page', 'isa'],
  ],
  [
    ['--project', 'node*', '--project', '!node'],
    ['node-swiftshader', 'node-lavapipe'],
  ],
])('the words %j run %j', (words, expected) => {
  expect(projectNames.filter(projectFilter(words))).toEqual(expected)
})
