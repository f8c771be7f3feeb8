/** A line of a WGSL file. */
export interface Place {
  /** The path from the root of the project. */
  readonly file: string
  readonly line: number
  /** The source of the line. */
  readonly text: string
}

/** The context of an error. */
interface Details {
  /** An alternative that the compiler accepts, or the place to extend it. */
  readonly hint?: string | undefined
  readonly place?: Place | undefined
  /** The activation and the operation. */
  readonly program?: string | undefined
  readonly cause?: unknown
}

/**
 * A construct that the compiler cannot compile. The message is one line with the WGSL's file and line and the
 * activation.
 */
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

/** Adds details to an error. Details that the error has already stay. */
export function withDetails(error: unknown, details: Details): CompileError {
  if (error instanceof CompileError) return new CompileError(error.problem, { ...details, ...error.details })
  // For example a missing operand, which the parser accepts.
  const reason = error instanceof Error ? error.message : String(error)
  return new CompileError(`the compiler makes nothing of it (${reason})`, { ...details, cause: error })
}
