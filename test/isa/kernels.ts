import { Activation } from '../../src/activations/support/activation.ts'
import { type AnyActivation, isGlu } from '../../src/activations/support/glu-activation.ts'
import type { ProgramSource } from '../../src/gpu/programs/program.ts'
import type { CallParts } from '../../src/gpu/record/prepare-options.ts'
import { programsOf } from '../../src/gpu/record/prepared-programs.ts'
import { type Direction, InputError, prelu } from '../../src/index.ts'
import { BYTES_PER_ELEMENT, type Format } from '../../src/support/formats.ts'
import { allSubjects, idOf, make, readId } from '../accuracy/subjects.ts'
import { PLAIN } from '../tools/composed.ts'

/** A kernel to compile for a chip. */
export interface Question {
  readonly chip: string
  /** Ids of activations, such as relu or elu-alpha=0.5. */
  readonly activations: readonly string[]
  readonly formats: readonly Format[]
  /** Names of parts of a call, as in `PARTS`. */
  readonly parts: readonly string[]
}

/** A program of the library, or a copy of as many bytes. */
export interface Kernel {
  readonly activation: string
  readonly direction: Direction
  readonly format: Format
  readonly parts: string
  /** The bytes that its tensors move for an element of y. */
  readonly tensorBytes: number
  readonly program: ProgramSource | 'copy' | 'copy_of_two'
}

const packing = (layout: 'halves' | 'interleaved') =>
  ({ packing: { columns: 1024, layout, order: 'gate-up' } }) as const

/** The parts of calls, and the directions that have them. */
export const PARTS: Readonly<Record<string, Partial<Record<Direction, Partial<CallParts>>>>> = {
  plain: { forward: {}, backward: {} },
  bias: { forward: { bias: true }, backward: { bias: true } },
  dbias: { backward: { dbias: true } },
  mask: { forward: { mask: true }, backward: { from: 'mask' } },
  'from y': { backward: { from: 'y' } },
  accumulate: { backward: { accumulate: true } },
  'bound slopes': { forward: { alpha: true }, backward: { alpha: true } },
  halves: { forward: packing('halves'), backward: packing('halves') },
  interleaved: { forward: packing('interleaved'), backward: packing('interleaved') },
}

const SLOPES = 'prelu, slopes of channels'

/** Every activation by its id: with its defaults, and prelu with a slope for each channel too. */
export function allIds(): string[] {
  return [...allSubjects([readId('gelu-approximate=tanh')]).map(idOf), SLOPES]
}

/** @throws InputError or Error where there is none */
export function activationOf(id: string): AnyActivation {
  return id === SLOPES ? prelu({ alpha: Float32Array.of(0.1, 0.2) }) : make(readId(id))
}

/** The kernels in their order: the copies, and every program that an activation has. Tensors begin on boundaries of vectors. */
export function kernelsOf({ activations, formats, parts }: Question): Kernel[] {
  const copies = (['forward', 'backward'] as const).map((direction): Kernel => {
    const isForward = direction === 'forward'
    const program = isForward ? 'copy' : 'copy_of_two'
    return { activation: 'copy', direction, format: 'f32', parts: 'plain', tensorBytes: isForward ? 8 : 12, program }
  })
  const programs = activations.flatMap(id => {
    const activation = activationOf(id)
    return parts.flatMap(part =>
      (['forward', 'backward'] as const).flatMap(direction =>
        formats.flatMap((format): Kernel[] => {
          const call = PARTS[part]![direction]
          const program = call && programOf(activation, direction, format, { ...PLAIN, ...call })
          if (program === undefined) return []
          return [{ activation: id, direction, format, parts: part, tensorBytes: bytesOf(program), program }]
        }),
      ),
    )
  })
  return [...copies, ...programs]
}

/** The program of each tensor in a buffer of its own; undefined where the library has none for such calls. */
function programOf(
  activation: AnyActivation,
  direction: Direction,
  format: Format,
  parts: CallParts,
): ProgramSource | undefined {
  // The library compiles, but never runs, programs of pairs for an activation of one tensor.
  if (parts.packing !== undefined && !isGlu(activation)) return undefined
  if (parts.alpha && (!Activation.is(activation) || activation.channels === undefined)) return undefined
  try {
    return programsOf([activation], [direction], format, parts)[0]
  } catch (error) {
    if (error instanceof InputError) return undefined
    throw error
  }
}

/** The bytes that tensors move for an element of y. Biases, slopes and sums of columns stay in caches. */
function bytesOf({ operation, format }: ProgramSource): number {
  const width = BYTES_PER_ELEMENT[format]
  const each = operation.slots.map(({ role, isOutput }) => {
    const passes = isOutput && operation.accumulates ? 2 : 1
    if (role === 'elements') return passes * width
    if (role === 'pairs') return passes * 2 * width
    return role === 'mask' ? 1 / 8 : 0
  })
  return each.reduce((sum, bytes) => sum + bytes, 0)
}
