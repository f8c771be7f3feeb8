import { declarationsOf as declarationsIn, neededBy } from '../../../src/wgsl/source.ts'
import { bracketsOf, declarationsOf, tokensOf } from '../source.ts'

// Which declarations of which shaders a program may call: each has a mark, which goes where it goes.

const marked: string[] = []
const numbers = new Map<string, number>()

function numberOf(declaration: string): number {
  let number = numbers.get(declaration)
  if (number === undefined) {
    number = marked.push(declaration) - 1
    numbers.set(declaration, number)
  }
  return number
}

/** A shader with a mark in each of its declarations; and with more white space, for tests that go by its text. */
export function withMarks(file: string, source: string): string {
  const tokens = tokensOf(source)
  let text = ''
  let end = 0
  for (const { name, body, to } of declarationsOf(tokens, bracketsOf(tokens))) {
    if (body >= to) continue
    const { start } = tokens[body]!
    text += `${source.slice(end, start)}/*@${numberOf(`${file} ${name}`)}*/ `
    end = start
  }
  return (text + source.slice(end)).replaceAll(' ', '  ')
}

/** The declarations, as `file declaration`, that the entry points of programs may reach. */
export function coveredBy(programs: Iterable<string>): string[] {
  const covered = new Set<string>()
  for (const code of programs) {
    const declarations = declarationsIn(code)
    const roots = [...declarations].filter(([, text]) => text.includes('@compute')).map(([name]) => name)
    for (const name of neededBy(roots, declarations)) {
      for (const [, number] of declarations.get(name)!.matchAll(/\/\*@(\d+)\*\//g)) covered.add(marked[Number(number)]!)
    }
  }
  return [...covered]
}
