// As much of Vitest's way to write tests as the tests have that judge mutants. What they expect is Vitest's own.

type Body = (...given: unknown[]) => unknown
type Hook = () => unknown

/** A test that a module has. */
export interface Collected {
  readonly name: string
  readonly body: Body
  readonly before: readonly Hook[]
  readonly after: readonly Hook[]
}

/** Collects the tests of a module while it is imported, and runs them. */
export class Collector {
  readonly tests: Collected[] = []
  readonly #names: string[] = []
  readonly #before: Hook[][] = [[]]
  readonly #after: Hook[][] = [[]]
  readonly #once: Hook[] = []
  readonly #last: Hook[] = []
  #finished: Hook[] = []

  add(name: string, body: Body): void {
    const [before, after] = [this.#before.flat(), this.#after.flat()]
    this.tests.push({ name: [...this.#names, name].join(' › '), body, before, after })
  }

  within(name: string, body: Body): void {
    this.#names.push(name)
    this.#before.push([])
    this.#after.push([])
    body()
    this.#names.pop()
    this.#before.pop()
    this.#after.pop()
  }

  hook(when: 'once' | 'before' | 'after' | 'finished' | 'last', hook: Hook): void {
    const lists = {
      once: this.#once,
      before: this.#before.at(-1)!,
      after: this.#after.at(-1)!,
      finished: this.#finished,
      last: this.#last,
    }
    lists[when].push(hook)
  }

  /** Runs a test. Rejects with what it threw. */
  async run({ body, before, after }: Collected): Promise<void> {
    this.#finished = []
    for (const hook of this.#once.splice(0)) await hook()
    for (const hook of before) await hook()
    try {
      await body()
    } finally {
      for (const hook of [...after, ...this.#finished.toReversed()]) await hook()
    }
  }

  async end(): Promise<void> {
    for (const hook of this.#last) await hook()
  }
}

/** What test files import: they add to the collector that is current. */
export function functionsOf(current: () => Collector, lane: string): Record<string, unknown> {
  const hook = (when: Parameters<Collector['hook']>[0]) => (run: Hook) => current().hook(when, run)
  return {
    test: withEach((name, body) => current().add(name, body)),
    describe: withEach((name, body) => current().within(name, body)),
    beforeAll: hook('once'),
    beforeEach: hook('before'),
    afterEach: hook('after'),
    afterAll: hook('last'),
    onTestFinished: hook('finished'),
    inject: () => lane,
  }
}

type Add = (name: string, body: Body) => void

/** `test(name, body)` and `test.each(cases)(name, body)`. */
function withEach(add: Add): Add & { each: (cases: readonly unknown[]) => Add } {
  const each =
    (cases: readonly unknown[]): Add =>
    (name, body) => {
      for (const given of cases) {
        const values = Array.isArray(given) ? (given as unknown[]) : [given]
        add(nameOf(name, values), () => body(...values))
      }
    }
  return Object.assign((name: string, body: Body) => add(name, body), { each })
}

/** The name of a case: its values take the place of `%s` and the like, and their properties that of `$pair.name`. */
function nameOf(pattern: string, values: readonly unknown[]): string {
  let next = 0
  return pattern
    .replace(/%[a-z]/g, () => String(values[next++]))
    .replace(/\$([a-zA-Z][\w.]*\w|[a-zA-Z])/g, (_, path: string) =>
      String(
        path
          .split('.')
          .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], values[0]),
      ),
    )
}
