import { writeFileSync } from 'node:fs'
import type { Reporter, TestModule, TestSpecification } from 'vitest/node'

interface Counts {
  passed: number
  failed: number
  skipped: number
}

export type LaneCounts = Record<string, Counts>

/** Says how each lane ended, in a line, as soon as it has; and writes the counts to the file that LANE_COUNTS names, for verify.ts. */
export class LaneReporter implements Reporter {
  /** By lane: how many files it has, and those that have ended. */
  #lanes = new Map<string, { files: number; readonly ended: TestModule[] }>()
  #told = new Set<string>()

  onTestRunStart(specifications: readonly TestSpecification[]): void {
    this.#lanes = new Map()
    this.#told = new Set()
    for (const { project } of specifications) this.#laneOf(project.name).files++
  }

  onTestModuleEnd(testModule: TestModule): void {
    const { name } = testModule.project
    const { files, ended } = this.#laneOf(name)
    ended.push(testModule)
    if (ended.length !== files) return
    this.#told.add(name)
    console.log(laneLine(name, countsOf(ended)))
  }

  onTestRunEnd(testModules: readonly TestModule[]): void {
    const names = [...new Set(testModules.map(({ project }) => project.name))].toSorted()
    const counts: LaneCounts = Object.fromEntries(
      names.map(name => [name, countsOf(testModules.filter(({ project }) => project.name === name))]),
    )
    for (const [name, lane] of Object.entries(counts)) {
      // What went wrong stands at the end too, below the failures.
      if (lane.failed > 0 || !this.#told.has(name)) console.log(laneLine(name, lane))
    }
    const file = process.env['LANE_COUNTS']
    if (file) writeFileSync(file, JSON.stringify(counts))
  }

  #laneOf(name: string): { files: number; readonly ended: TestModule[] } {
    const lane = this.#lanes.get(name) ?? { files: 0, ended: [] }
    this.#lanes.set(name, lane)
    return lane
  }
}

function countsOf(testModules: readonly TestModule[]): Counts {
  const counts = { passed: 0, failed: 0, skipped: 0 }
  for (const testModule of testModules) {
    // A file that fails before its tests are known (a setup file that throws) has none to count.
    if (testModule.state() === 'failed' && testModule.children.size === 0) counts.failed += 1
    for (const test of testModule.children.allTests()) {
      const { state } = test.result()
      if (state === 'passed' || state === 'failed') counts[state] += 1
      else counts.skipped += 1
    }
  }
  return counts
}

function laneLine(name: string, { passed, failed, skipped }: Counts): string {
  return `lane ${name}: ${passed} passed, ${failed} failed, ${skipped} skipped`
}
