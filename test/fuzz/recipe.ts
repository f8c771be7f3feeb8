import fc from 'fast-check'

/** What has to come of a call: a right answer, a typed error, or one of the two. */
export type Verdict = 'right' | 'refused' | 'either'

/** How to make a value, anew for each case, since a call may change it. fast-check prints it by its name. */
export class Recipe<Value = unknown> {
  readonly name: string
  readonly verdict: Verdict
  readonly make: () => Value

  constructor(name: string, verdict: Verdict, make: () => Value) {
    this.name = name
    this.verdict = verdict
    this.make = make
  }

  [fc.toStringMethod](): string {
    return this.name
  }
}

/** What has to come of several values in one call: one that has to be refused is enough. */
export function together(verdicts: Iterable<Verdict>): Verdict {
  const all = new Set(verdicts)
  if (all.has('refused')) return 'refused'
  return all.has('either') ? 'either' : 'right'
}

/** What the caller's own code throws here, to be known again as the cause of an error. */
export class Thrown extends Error {
  constructor(from: string) {
    super(`thrown by ${from}`)
  }
}

export function throwing(from: string): () => never {
  return () => {
    throw new Thrown(from)
  }
}
