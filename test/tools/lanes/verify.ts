import { existsSync, readFileSync } from 'node:fs'
import { projectNames } from './lanes.ts'
import type { LaneCounts } from './reporter.ts'

// Exits 1 unless the test run that wrote this file (LANE_COUNTS) ran every lane whole: some tests, none skipped.
const file = process.argv[2]
const text = file !== undefined && existsSync(file) ? readFileSync(file, 'utf8') : ''
const counts = (text === '' ? {} : JSON.parse(text)) as LaneCounts
const required = process.env['WEBGPU_LANE'] === 'hardware' ? [...projectNames, 'node-gpu'] : projectNames

const total = { passed: 0, failed: 0 }
for (const name of required) {
  const { passed, failed, skipped } = counts[name] ?? { passed: 0, failed: 0, skipped: 0 }
  const whole = passed > 0 && failed === 0 && skipped === 0
  console.log(`lane ${name}: ${passed} passed${whole ? '' : `, ${failed} failed, ${skipped} skipped: NOT VERIFIED`}`)
  if (!whole) process.exitCode = 1
  total.passed += passed
  total.failed += failed
}
console.log(`${total.passed} passed, ${total.failed} failed`)
