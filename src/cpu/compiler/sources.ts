import { readdirSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** The WGSL of a file. */
export interface Source {
  /** The path from the root of the project. */
  readonly file: string
  readonly wgsl: string
}

const root = new URL('../../../', import.meta.url)

export function readSource(file: string): Source {
  return { file, wgsl: readFileSync(new URL(file, root), 'utf8') }
}

const files = new Map<string, string>()

/** Returns the source, with its file, for WGSL that an activation or an operation imports. */
export function sourceOf(wgsl: string): Source {
  if (files.size === 0) {
    const folder = fileURLToPath(new URL('shaders', root))
    const paths = readdirSync(folder, { recursive: true, encoding: 'utf8' }).map(path => path.replaceAll('\\', '/'))
    const sources = paths.filter(path => path.endsWith('.wgsl')).map(path => readSource(`shaders/${path}`))
    for (const source of sources) files.set(source.wgsl, source.file)
  }
  return { file: files.get(wgsl) ?? 'WGSL of no file', wgsl }
}
