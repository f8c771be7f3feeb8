import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/** One entry of apt's configuration, of either form. */
export interface AptSource {
  uris: string
  suites: readonly string[]
  components: readonly string[]
  /** A key file's path, or a whole key over several lines, just as it was written. */
  signedBy: string | undefined
}

const words = (text: string | undefined) => (text ?? '').split(/\s+/).filter(word => word !== '')

/** The deb822 form (debian.sources): stanzas of `Field: value`, where a line that begins with a space continues. */
function parseStanzas(text: string): AptSource[] {
  const uncommented = text.replace(/^#.*\n?/gm, '')
  return uncommented.split(/\n[ \t]*\n/).flatMap(stanza => {
    const fields = new Map<string, string>()
    for (const [, name, value] of stanza.matchAll(/^([A-Za-z0-9-]+):[ \t]*(.*(?:\n[ \t].*)*)/gm)) {
      if (name !== undefined && value !== undefined) fields.set(name.toLowerCase(), value.trimEnd())
    }
    const off = /^(no|false|0|off|without|disable)$/i.test(fields.get('enabled')?.trim() ?? 'yes')
    if (off || !words(fields.get('types')).includes('deb')) return []
    const uris = words(fields.get('uris')).join(' ')
    const [suites, components] = [words(fields.get('suites')), words(fields.get('components'))]
    return [{ uris, suites, components, signedBy: fields.get('signed-by') }]
  })
}

/** The classic form (sources.list): `deb [options] URI suite components...`, one a line. */
function parseLines(text: string): AptSource[] {
  return text.split('\n').flatMap(line => {
    const match = /^\s*deb\s+(?:\[([^\]]*)\]\s*)?(\S+)\s+(\S+)([^#]*)/.exec(line)
    if (match === null) return []
    const [, options = '', uris = '', suite = '', components = ''] = match
    const signedBy = /(?:^|\s)signed-by=(\S+)/i.exec(options)?.[1]?.replaceAll(',', ' ')
    return [{ uris, suites: [suite], components: words(components), signedBy }]
  })
}

export function readAptSources(folder = '/etc/apt'): AptSource[] {
  const parts = join(folder, 'sources.list.d')
  const files = [join(folder, 'sources.list')]
  if (existsSync(parts)) files.push(...readdirSync(parts).map(name => join(parts, name)))
  return files.flatMap(file => {
    if (!existsSync(file)) return []
    if (file.endsWith('.sources')) return parseStanzas(readFileSync(file, 'utf8'))
    return file.endsWith('.list') ? parseLines(readFileSync(file, 'utf8')) : []
  })
}

/**
 * The deb822 text that adds a release's backports from where this machine gets the release itself, with the same key.
 * 'present' where the backports are there already; undefined where the release is not.
 */
export function backportsSource(sources: readonly AptSource[], codename: string): string | undefined {
  const main = sources.filter(source => source.components.includes('main'))
  const backports = `${codename}-backports`
  if (main.some(source => source.suites.includes(backports))) return 'present'
  const release = main.find(source => source.suites.includes(codename))
  if (release === undefined) return undefined
  const lines = ['Types: deb', `URIs: ${release.uris}`, `Suites: ${backports}`, 'Components: main']
  if (release.signedBy !== undefined) lines.push(`Signed-By: ${release.signedBy}`)
  return `${lines.join('\n')}\n`
}
