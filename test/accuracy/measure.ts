import { normalValues } from '../../demo/input/normal.ts'
import { type GluActivation, isGlu } from '../../src/activations/support/glu-activation.ts'
import type { Activation, Direction } from '../../src/index.ts'
import { finiteInputs } from './inputs.ts'
import { measurePair, type PairComputation } from './pairs.ts'
import { judgeSpecialCases, type SpecialCases, specialInputs } from './special.ts'
import { make, type Subject } from './subjects.ts'
import { type Errors, Survey } from './survey.ts'
import { truthOf } from './truth.ts'

/** One activation as one library computes it. */
interface Computation {
  forward(x: Float32Array): Promise<Float32Array>
  /** Absent where the library has none. */
  backward?(x: Float32Array, dy: Float32Array): Promise<Float32Array>
  /** A note on its figures. */
  readonly note?: string | undefined
  close?(): Promise<void>
}

/** A library on a processor, with the activations that it has. */
export interface Candidate {
  /** The adapter or the platform, for the record. */
  readonly description: string
  /** undefined where it does not have this activation with these parameters. */
  computationOf(subject: Subject, activation: Activation): Promise<Computation | undefined>
  /** The same for a gated pair. */
  pairOf?(pair: GluActivation): PairComputation | undefined
}

/** One direction of one activation on one processor, or of one peer. */
export interface Row {
  readonly subject: Subject
  readonly direction: Direction
  /** A processor of ours, or a peer. */
  readonly column: string
  readonly errors?: Errors
  readonly special?: SpecialCases
  readonly note?: string
  /** The reason why there are no figures. */
  readonly problem?: string
}

const SEED = 1

/**
 * Measures one activation. Directions that the library lacks have no row.
 *
 * @param isOurs checks the whole numeric contract, with the payloads of NaN; without it any NaN is accepted
 */
export async function measure(
  subject: Subject,
  column: string,
  candidate: Candidate,
  directions: readonly Direction[],
  isOurs: boolean,
): Promise<Row[]> {
  const rows: Row[] = []
  const activation = make(subject)
  let computation: Computation | undefined
  try {
    if (!isGlu(activation)) computation = await candidate.computationOf(subject, activation)
  } catch (error) {
    return [{ subject, direction: directions[0]!, column, problem: firstLine(error) }]
  }
  for (const direction of directions) {
    const about = { subject, direction, column }
    try {
      if (isGlu(activation)) {
        const pair = candidate.pairOf?.(activation)
        if (pair !== undefined) rows.push({ ...about, ...(await measurePair(activation, direction, pair)) })
        continue
      }
      const compute = computeFor(computation, direction)
      if (compute === undefined) continue
      const inputs = specialInputs(direction)
      const result = await compute(inputs.x, inputs.dy ?? inputs.x)
      const special = judgeSpecialCases(activation, direction, inputs, result, !isOurs)
      const errors = await surveyOf(activation, direction, compute)
      rows.push({ ...about, errors, special, ...(computation?.note && { note: computation.note }) })
    } catch (error) {
      rows.push({ ...about, problem: firstLine(error) })
    }
  }
  await computation?.close?.()
  return rows
}

type Compute = (x: Float32Array, dy: Float32Array) => Promise<Float32Array>

function computeFor(computation: Computation | undefined, direction: Direction): Compute | undefined {
  if (direction === 'forward') return computation && (x => computation.forward(x))
  return computation?.backward && ((x, dy) => computation.backward!(x, dy))
}

async function surveyOf(activation: Activation, direction: Direction, compute: Compute): Promise<Errors> {
  const survey = new Survey(activation, direction)
  const x = finiteInputs(activation)
  const ones = new Float32Array(x.length).fill(1)
  const gradients = direction === 'forward' ? [undefined] : [ones, await normalValues(SEED, x.length)]
  for (const dy of gradients) survey.add(truthOf(activation, x, dy), sized(await compute(x, dy ?? ones), x.length))
  return survey.errors
}

function sized(result: Float32Array, length: number): Float32Array {
  if (result.length !== length) throw new Error(`gave ${result.length} results for ${length} inputs`)
  return result
}

function firstLine(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).split('\n')[0]!
}

/** True for a result of ours that violates the numeric contract. */
export function hasFailed({ errors, special, problem }: Row): boolean {
  return problem !== undefined || errors?.outOfBounds !== 0 || special?.passed !== special?.cases
}
