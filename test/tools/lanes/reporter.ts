import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule } from 'vitest/node'

export type LaneCounts = Record<string, { passed: number; failed: number; skipped: number }>

/** Ends a run with one line a lane, and writes the counts to the file that LANE_COUNTS names, for verify.ts. */
export class LaneReporter implements Reporter {
  onTestRunEnd(testModules: readonly TestModule[]): void {
    const counts: LaneCounts = {}
    for (const testModule of testModules) {
      const lane = (counts[testModule.project.name] ??= { passed: 0, failed: 0, skipped: 0 })
      // A file that fails before its tests are known (a setup file that throws) has none to count.
      if (testModule.state() === 'failed' && testModule.children.size === 0) lane.failed += 1
      for (const test of testModule.children.allTests()) {
        const { state } = test.result()
        if (state === 'passed' || state === 'failed') lane[state] += 1
        else lane.skipped += 1
      }
    }
    for (const [name, { passed, failed, skipped }] of Object.entries(counts).toSorted(([a], [b]) =>
      a.localeCompare(b),
    )) {
      console.log(`lane ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`)
    }
    const file = process.env['LANE_COUNTS']
    if (file) writeFileSync(file, JSON.stringify(counts))
  }
}
