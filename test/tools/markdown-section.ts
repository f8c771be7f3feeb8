import { readFileSync, writeFileSync } from 'node:fs'

/** Whether a Markdown file has a place for a section. */
export function hasSection(path: string, name: string): boolean {
  try {
    return readFileSync(path, 'utf8').split(borders(name).begin).length === 2
  } catch {
    return false
  }
}

/** Replaces what a Markdown file has between `<!-- begin NAME -->` and `<!-- end NAME -->`, and formats the file as the check wants it. */
export async function writeSection(path: string, name: string, text: string): Promise<void> {
  // Here, because it takes a while to load, and most runs write nothing.
  const { format, resolveConfig } = await import('prettier')
  const { begin, end } = borders(name)
  const [before = '', rest = ''] = readFileSync(path, 'utf8').split(begin)
  const after = rest.slice(rest.indexOf(end))
  const written = `${before}${begin}\n\n${text.trim()}\n\n${after}`
  writeFileSync(path, await format(written, { ...(await resolveConfig(path)), filepath: path }))
}

/** Lines as they are printed, and what they are about. */
export function fenced(lines: readonly string[], about: string): string {
  return ['```', ...lines, '```', '', about].join('\n')
}

function borders(name: string): { begin: string; end: string } {
  return { begin: `<!-- begin ${name} -->`, end: `<!-- end ${name} -->` }
}
