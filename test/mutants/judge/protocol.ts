/** A test, by its module and its place in there. */
interface TestAt {
  readonly module: string
  readonly index: number
}

/** A test, and how long it takes with shaders as they are. */
export interface TimedTest extends TestAt {
  readonly milliseconds: number
}

/** What a worker is asked: to run the tests of a module as they are, or some tests with other text for a shader. */
export type Question =
  | { readonly survey: string; readonly named: string }
  | { readonly file: string; readonly source: string; readonly tests: readonly TimedTest[] }

/** A test that was run as it is. */
export interface Surveyed extends TimedTest {
  readonly name: string
  /** The declarations of shaders that what it compiled may have called, as `file declaration`. */
  readonly covered: readonly string[]
  /** Why it counts for nothing: it fails, or it goes by the text of shaders. */
  readonly failure: string | undefined
}

/** How tests went with a mutant. */
export interface Judged {
  /** The place among the tests asked for of the first that failed; undefined where none did. */
  readonly failed: number | undefined
  readonly reason: string
  /** Whether a shader was refused by the compiler. */
  readonly refused: boolean
  /** Whether the failure came from outside of the test: it may be that of another one. */
  readonly stray: boolean
}

export type Answer =
  | { readonly ready: true }
  | { readonly problem: string }
  /** It begins with the test at this place. */
  | { readonly began: number }
  /** The test that it is at takes far longer than it does with shaders as they are. */
  | { readonly hung: string }
  | { readonly surveyed: Surveyed }
  | { readonly surveyedAll: true }
  | { readonly judged: Judged }
