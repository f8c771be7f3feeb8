import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { backportsSource, readAptSources } from './apt-sources.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'apt-'))
  mkdirSync(join(folder, 'sources.list.d'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (file: string, text: string) => writeFileSync(join(folder, file), text)
const backports = () => backportsSource(readAptSources(folder), 'bookworm')

test('deb822: takes the address and the key of the release, not of its security updates', () => {
  write(
    'sources.list.d/debian.sources',
    `Types: deb deb-src
# a comment inside a stanza
URIs: https://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main contrib
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: https://mirror.example/debian-security
Suites: bookworm-security
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`,
  )
  expect(backports()).toBe(`Types: deb
URIs: https://mirror.example/debian
Suites: bookworm-backports
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg
`)
})

test('deb822: keeps a key that is written out, and several addresses', () => {
  const key = 'Signed-By:\n -----BEGIN PGP PUBLIC KEY BLOCK-----\n .\n mQINBF\n -----END PGP PUBLIC KEY BLOCK-----'
  const addresses = 'https://one.example/debian https://two.example/debian'
  write('sources.list.d/debian.sources', `Types: deb\nURIs: ${addresses}\nSuites: bookworm\nComponents: main\n${key}\n`)
  expect(backports()).toBe(
    `Types: deb\nURIs: ${addresses}\nSuites: bookworm-backports\nComponents: main\n${key.replace(':\n', ': \n')}\n`,
  )
})

test('classic lines: with options, with a trailing comment, and without a key', () => {
  write(
    'sources.list',
    `# deb https://commented.example/debian bookworm main
deb-src https://mirror.example/debian bookworm main
deb https://mirror.example/debian-security bookworm-security main
deb [arch=amd64 signed-by=/etc/apt/keyrings/debian.gpg] https://mirror.example/debian bookworm main contrib # first
`,
  )
  expect(backports()).toBe(`Types: deb
URIs: https://mirror.example/debian
Suites: bookworm-backports
Components: main
Signed-By: /etc/apt/keyrings/debian.gpg
`)
  write('sources.list', 'deb https://mirror.example/debian bookworm main\n')
  expect(backports()).not.toContain('Signed-By')
})

test('backports that are there already are left alone, disabled ones are not there', () => {
  const stanza = 'Types: deb\nURIs: https://mirror.example/debian\nSuites: bookworm-backports\nComponents: main\n'
  write('sources.list', 'deb https://mirror.example/debian bookworm main\n')
  write('sources.list.d/backports.sources', stanza)
  expect(backports()).toBe('present')
  write('sources.list.d/backports.sources', `Enabled: no\n${stanza}`)
  expect(backports()).toContain('bookworm-backports')
})

test('a machine without the release has nothing to take backports from', () => {
  write('sources.list', 'deb https://mirror.example/debian trixie main\n')
  write('sources.list.d/other.list.disabled', 'deb https://mirror.example/debian bookworm main\n')
  expect(backports()).toBeUndefined()
})
