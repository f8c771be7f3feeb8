/** The answer of an app, from `check.js`. */
export interface Answer {
  readonly reports: readonly { readonly processor: string; readonly reason: string; readonly path: string }[]
  readonly wrong: readonly string[]
  /** The number of names that each entry of the package exports there. */
  readonly entries: Readonly<Record<string, number>>
}

/** The package as it was packed and installed. */
export interface Installed {
  /** Apps, tools and the package, outside of the repository. */
  readonly folder: string
  readonly version: string
  /** The names to import: 'webgpu-activations', 'webgpu-activations/diagnostics'. */
  readonly entries: readonly string[]
}

/** The tools with which a row builds and runs its app. They end whatever it starts. */
export interface Tools extends Installed {
  /** A program of a tool in test/apps/package.json, such as 'vite', run by Node. @returns its output. @throws Error, if it fails */
  readonly run: (
    app: string,
    program: string,
    words: readonly string[],
    environment?: NodeJS.ProcessEnv,
  ) => Promise<string>
  /** Any other program, in the folder of an app. @returns its output. @throws Error, if it fails */
  readonly command: (
    app: string,
    program: string,
    words: readonly string[],
    environment?: NodeJS.ProcessEnv,
  ) => Promise<string>
  /** Starts a server: a program of a tool that prints its address. @returns the address */
  readonly start: (
    app: string,
    program: string,
    words: readonly string[],
    environment?: NodeJS.ProcessEnv,
  ) => Promise<string>
  /** Serves a folder below `folder`. @returns its address, with a slash at the end */
  readonly serve: (folder: string, headers?: Readonly<Record<string, string>>) => Promise<string>
  /**
   * Opens a page in Chromium and waits for what it writes into `document.documentElement.dataset.result`.
   *
   * @throws Error, when the console has a warning or an error
   */
  readonly open: (address: string) => Promise<Answer>
}

/** A row of the table. */
export interface App {
  readonly name: string
  /** The package of test/apps/package.json whose version is the row's, or a version. */
  readonly version: string
  /** The way in which it is built, in a word. */
  readonly built: string
  /** The browser or runtime in which it runs. */
  readonly runs: 'chromium' | 'node' | 'deno' | 'bun' | 'tsc' | '-'
  /** The processors that have to compute; none where nothing runs. */
  readonly processors: readonly ('cpu' | 'webgpu')[]
  /** The path of the CPU; WebAssembly when left out. */
  readonly path?: 'wasm' | 'javascript'
  /** The entries of the package that it imports; all where they are left out. */
  readonly entries?: readonly string[]
  /** Why it cannot run here and how to get that; undefined where it can. */
  absent?(installed: Installed): string | undefined
  /** Builds and runs the app. @throws Error, if it fails */
  readonly run: (tools: Tools) => Promise<Answer>
}

/** Names the fault of an answer; undefined for none. */
export function problemOf(app: App, installed: Installed, answer: Answer): string | undefined {
  const problems = [...answer.wrong]
  const processors = answer.reports.map(report => report.processor)
  if (processors.join() !== app.processors.join()) {
    problems.push(`${app.processors.join()} had to compute, and ${processors.join() || 'nothing'} did`)
  }
  const { path = 'wasm' } = app
  for (const report of answer.reports) {
    // With 'webgpu' the WebAssembly is loaded when a call falls back.
    if (report.processor !== 'cpu' || report.path === path) continue
    problems.push(`the CPU computes in ${report.path}, not ${path}: ${report.reason}`)
  }
  const missing = (app.entries ?? installed.entries).filter(entry => !(answer.entries[entry]! > 0))
  if (missing.length > 0) problems.push(`${missing.join()} is not there`)
  return problems.length === 0 ? undefined : problems.join('; ')
}
