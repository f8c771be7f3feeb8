import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import type { Row } from '../../demo/measure/rows.ts'
import type { Row as KernelRow } from '../bench/measure.ts'
import { kernelTable } from '../bench/table.ts'
import { speedTables } from './speed-tables.ts'

const read = (path: string): string => readFileSync(fileURLToPath(new URL(`../../${path}`, import.meta.url)), 'utf8')

/** The cells of the lines of tables. */
const cellsOf = (markdown: string): string[][] =>
  markdown
    .split('\n')
    .filter(line => line.startsWith('|') && !line.includes('---'))
    .map(line => line.split('|').map(cell => cell.trim()))

test('tables beside other libraries have a line for each task and a ratio to ours', () => {
  const { rows } = JSON.parse(read('demo/results/2026-11-21-peers.json')) as { rows: Row[] }
  const tables = cellsOf(speedTables(rows))
  expect(tables.map(([, title]) => title).filter(title => !title!.includes(','))).toEqual([])
  expect(tables).toContainEqual(['', 'relu forward, 16 Mi', '30.8', '108 (3.5)', '51.9 (1.7)', '109 (3.5)', '25.7', ''])
  expect(tables).toContainEqual(['', 'gelu backward, 16 Mi', '213', '', '', '349 (1.6)', ''])
  const cpu = ['38.9', '5.73', '2.42', '41.0 (1.1)', '249 (6.4)', '42.8 (1.1)']
  expect(tables).toContainEqual(['', 'relu forward, 16 Mi', ...cpu, ''])
  expect(tables).toHaveLength(3 * 13)
})

test('without other libraries there are no columns of theirs, and without rows no table', () => {
  const { rows } = JSON.parse(read('demo/results/2026-11-21-peers.json')) as { rows: Row[] }
  const own = rows.filter(({ library, processor }) => library === 'webgpu-activations' && processor === 'webgpu')
  expect(cellsOf(speedTables(own))[0]).toEqual(['', 'WebGPU, resident', 'ours', ''])
  expect(speedTables(own)).not.toContain('CPU')
  expect(speedTables([])).toBe('')
})

test('the table of kernels has times and those of a copy', () => {
  const { rows } = JSON.parse(read('demo/results/2026-12-01-lavapipe-kernels.json')) as { rows: KernelRow[] }
  const table = cellsOf(kernelTable(rows))
  expect(table).toContainEqual(['', 'relu', '23.7', '1.04', '31.2', '1.07', '23.0', ''])
  expect(table).toHaveLength(38)
})
