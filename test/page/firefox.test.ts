import { expect, inject, test } from 'vitest'
import { throughput } from './command.ts'

// The other files open the page in Chromium. Here it has another engine, and another implementation of WebGPU.

test('Firefox measures both processors, without an error', async () => {
  const where = ['--browser', 'firefox', '--adapter', 'lavapipe', '--page', inject('page')]
  const words = [...where, '--sizes', '16', '--activations', 'gelu', '--directions', 'backward']
  const { status, stdout, stderr } = await throughput(...words)
  expect({ status, stderr }).toMatchObject({ status: 0 })
  expect(stderr).toMatch(/adapter unnamed \(software adapter\)/)
  expect(stderr).not.toContain('The page reports an error')
  const rows = stdout.trim().split('\n').slice(2)
  expect(rows.filter(row => row.includes('| WebGPU')).length).toBeGreaterThan(1)
  expect(rows.filter(row => row.includes('| CPU')).length).toBeGreaterThan(0)
  for (const row of rows) expect(row).toContain('| ✓')
})
