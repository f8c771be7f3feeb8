/** Which projects a Vitest command line runs: those that a `--project` names, with `*` for any letters and `!` for all others. */
export function projectFilter(words: readonly string[]): (project: string) => boolean {
  const patterns = patternsOf(words)
  const [excluded, included] = [true, false].map(isExcluded =>
    patterns
      .filter(pattern => pattern.startsWith('!') === isExcluded)
      .map(pattern => new RegExp(`^${pattern.replace('!', '').split('*').map(escape).join('.*')}$`)),
  )
  return project =>
    !excluded!.some(pattern => pattern.test(project)) &&
    (included!.length === 0 || included!.some(pattern => pattern.test(project)))
}

/** Returns true if a `--project` names this project, and not by a pattern. */
export function namesProject(words: readonly string[], project: string): boolean {
  return patternsOf(words).includes(project)
}

function patternsOf(words: readonly string[]): string[] {
  return words.flatMap((word, i) => {
    if (word.startsWith('--project=')) return [word.slice('--project='.length)]
    return word === '--project' ? [words[i + 1] ?? ''] : []
  })
}

function escape(text: string): string {
  return text.replaceAll(/[.+?^${}()|[\]\\]/g, String.raw`\$&`)
}
