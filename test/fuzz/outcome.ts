import { ActivationsError } from '../../src/index.ts'
import { type Verdict, Thrown } from './recipe.ts'

/** How a call ended. */
export type Outcome = 'right' | 'refused' | 'aborted'

const CODES: readonly string[] = [
  'invalid-argument',
  'invalid-parameter',
  'unknown-option',
  'invalid-array',
  'length-mismatch',
  'invalid-binding',
  'destroyed',
  'webgpu-unavailable',
  'gpu-failure',
  'cross-check',
  'out-of-memory',
  'worker-failure',
]

/** What is to be expected of one call. */
export interface Expected {
  readonly verdict: Verdict
  /** Whether code of the caller's may throw in it, or the platform because of what it gave. */
  readonly throws?: boolean
  /** The codes that a refusal may have; any when left out. */
  readonly codes?: readonly string[]
  /** The signal that the call was given. */
  readonly signal?: { readonly aborted: boolean; readonly reason: unknown } | undefined
}

/**
 * Makes one call, and expects a right answer, a typed error, or the reason of its signal.
 *
 * @param check expects the answer to be right
 * @throws Error when it is none of them, or not the one that it has to be
 */
export async function judge<Answer>(
  expected: Expected,
  call: () => Answer | Promise<Answer>,
  check: (answer: Answer) => unknown,
): Promise<Outcome> {
  let answer: Answer
  try {
    answer = await call()
  } catch (error) {
    return judgeError(expected, error)
  }
  if (expected.verdict === 'refused') throw new Error('was not refused')
  await check(answer)
  return 'right'
}

function judgeError({ verdict, throws = false, codes = CODES, signal }: Expected, error: unknown): Outcome {
  if (signal?.aborted === true && Object.is(error, signal.reason)) return 'aborted'
  if (!(error instanceof ActivationsError)) throw new Error('the error is none of the library', { cause: error })
  const { code, message, fix, cause, name } = error
  const isWhole = CODES.includes(code) && fix.length > 5 && message.length > fix.length && message.endsWith(fix)
  if (!isWhole || !name.endsWith('Error') || message.length > 1000) {
    throw new Error('the error lacks a code, a message or a fix', { cause: error })
  }
  // An error of the library's own, passed off as the caller's.
  if (cause !== undefined && !throws && code !== 'out-of-memory')
    throw new Error('nothing throws here', { cause: error })
  if (cause instanceof Error && code.startsWith('invalid') && !isThrownOutside(cause)) {
    throw new Error('the cause is not what was thrown', { cause: error })
  }
  if (verdict === 'right') throw new Error('was refused', { cause: error })
  if (!codes.includes(code)) throw new Error(`the code is ${code}`, { cause: error })
  return 'refused'
}

/** By the caller's own code; by the engine for a revoked proxy; or by Dawn for what only looks like its own. */
function isThrownOutside(cause: Error): boolean {
  return cause instanceof Thrown || cause instanceof TypeError || cause.message === 'Invalid argument'
}
