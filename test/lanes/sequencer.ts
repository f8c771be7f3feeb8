import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Begins with the files that wait for a browser of their own, among those that run at the same time: others then compute meanwhile. */
export class PageFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const group = ({ project }: TestSpecification): number => project.config.sequence.groupOrder
    const other = ({ project }: TestSpecification): number => (project.name === 'page' ? 0 : 1)
    return (await super.sort(files)).sort((a, b) => group(a) - group(b) || other(a) - other(b))
  }
}
