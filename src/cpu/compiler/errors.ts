/** A line of a WGSL file. */
export interface Place {
  /** Below the root of the project. */
  readonly file: string
  readonly line: number
  /** What stands there. */
  readonly text: string
}

/** What is known of an error beside the problem itself. */
interface Details {
  /** What the compiler takes instead, or where that is changed. */
  readonly hint?: string | undefined
  readonly place?: Place | undefined
  /** The activation and what is computed of it. */
  readonly program?: string | undefined
  readonly cause?: unknown
}

/** Something that the compiler cannot compile. Its message is one line, with the file and the line of the WGSL and the activation. */
export class CompileError extends Error {
  override readonly name = 'CompileError'
  readonly problem: string
  readonly details: Details

  constructor(problem: string, details: Details = {}) {
    const { hint, place, program, cause } = details
    const where = place === undefined ? '' : `${place.file}:${place.line}: `
    const quoted = place === undefined ? '' : `: ${place.text}`
    const told = [`${where}${problem}${quoted}`, ...(hint === undefined ? [] : [hint])].join('; ')
    super(program === undefined ? told : `${told} (in ${program})`, { cause })
    this.problem = problem
    this.details = details
  }
}

/** The same error with what was not known where it was thrown; what was known stays. */
export function withDetails(error: unknown, details: Details): CompileError {
  if (error instanceof CompileError) return new CompileError(error.problem, { ...details, ...error.details })
  // Such as of an operand that is missing, which the parser lets pass.
  const reason = error instanceof Error ? error.message : String(error)
  return new CompileError(`the compiler makes nothing of it (${reason})`, { ...details, cause: error })
}
