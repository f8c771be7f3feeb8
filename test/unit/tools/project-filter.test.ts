import { expect, test } from 'vitest'
import { projectNames } from '../../tools/lanes/lanes.ts'
import { namesProject, projectFilter } from '../../tools/lanes/project-filter.ts'

test.each([
  [[], [...projectNames]],
  [
    ['test/x.test.ts', '-t', 'relu'],
    ['node', 'node-24', 'node-26', 'node-swiftshader', 'node-lavapipe', 'deno', 'browser', 'firefox', 'page', 'isa'],
  ],
  [['--project', 'node'], ['node']],
  [
    ['--project=node', '--project', 'page'],
    ['node', 'page'],
  ],
  [
    ['--project', 'node*'],
    ['node', 'node-24', 'node-26', 'node-swiftshader', 'node-lavapipe'],
  ],
  [
    ['--project', '!node*'],
    ['deno', 'browser', 'firefox', 'page', 'isa'],
  ],
  [
    ['--project', 'node*', '--project', '!node'],
    ['node-24', 'node-26', 'node-swiftshader', 'node-lavapipe'],
  ],
])('the words %j run %j', (words, expected) => {
  expect(projectNames.filter(projectFilter(words))).toEqual(expected)
})

test('a project is named by its name alone', () => {
  expect(namesProject(['--project', 'node-24'], 'node-24')).toBe(true)
  expect(namesProject(['x', '--project=models'], 'models')).toBe(true)
  expect(namesProject(['--project', 'node*', 'node-24'], 'node-24')).toBe(false)
  expect(namesProject([], 'node-24')).toBe(false)
})
