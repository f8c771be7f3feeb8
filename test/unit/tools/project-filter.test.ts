import { expect, test } from 'vitest'
import { projectNames } from '../../tools/lanes/lanes.ts'
import { projectFilter } from '../../tools/lanes/project-filter.ts'

test.each([
  [[], ['node', 'node-swiftshader', 'node-lavapipe', 'browser', 'page', 'isa']],
  [
    ['test/x.test.ts', '-t', 'relu'],
    ['node', 'node-swiftshader', 'node-lavapipe', 'browser', 'page', 'isa'],
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
    ['browser', 'page', 'isa'],
  ],
  [
    ['--project', 'node*', '--project', '!node'],
    ['node-swiftshader', 'node-lavapipe'],
  ],
])('the words %j run %j', (words, expected) => {
  expect(projectNames.filter(projectFilter(words))).toEqual(expected)
})
